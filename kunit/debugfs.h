/* SPDX-License-Identifier: GPL-2.0 */
/* Reading what debugfs shows of a heap, from within. */
#ifndef _KUNIT_DEBUGFS_H
#define _KUNIT_DEBUGFS_H

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/seq_file.h>
#include <linux/uio.h>

#include "kunit_xnheap.h"
#include "observe/observe.h"

/*
 * Built into the kernel, a suite runs before anybody could mount debugfs: it has
 * a mount of its own.
 */
static struct vfsmount *debugfs_mount;

static inline int debugfs_begin(struct kunit_suite *suite)
{
	struct file_system_type *debugfs = get_fs_type("debugfs");

	if (!debugfs)
		return -ENODEV;
	debugfs_mount = kern_mount(debugfs);
	return PTR_ERR_OR_ZERO(debugfs_mount);
}

static inline void debugfs_end(struct kunit_suite *suite)
{
	kern_unmount(debugfs_mount);
}

/* A file of debugfs, or an error. */
static inline struct file *debugfs_open(const char *path)
{
	return file_open_root_mnt(debugfs_mount, path, O_RDONLY, 0);
}

/* A file of the heap's folder that is read by lines, or an error. */
static inline struct file *text_open(const struct xnheap *heap,
				     const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "xnheap/%s/%s", heap->observed->name, name);
	return debugfs_open(path);
}

/* The memory of a file that is closed later would show up as leaked. */
static inline void text_close(struct file *file)
{
	filp_close(file, NULL);
	flush_delayed_fput();
}

/* Read what comes next, up to @bytes: how many, or an error. */
static inline ssize_t text_read(struct file *file, char *to, size_t bytes)
{
	struct kvec kvec = { .iov_base = to, .iov_len = bytes };
	struct iov_iter iter;
	struct kiocb kiocb;
	ssize_t ret;

	init_sync_kiocb(&kiocb, file);
	kiocb.ki_pos = file->f_pos;
	iov_iter_kvec(&iter, READ, &kvec, 1, bytes);
	ret = seq_read_iter(&kiocb, &iter);
	file->f_pos = kiocb.ki_pos;
	return ret;
}

/* Read all that is left, a string of less than @bytes: how many, or an error. */
static inline ssize_t text_read_all(struct file *file, char *text, size_t bytes)
{
	size_t len = 0;
	ssize_t ret;

	do {
		ret = text_read(file, text + len, bytes - 1 - len);
		if (ret > 0)
			len += ret;
	} while (ret > 0 && len < bytes - 1);
	text[len] = '\0';
	return ret < 0 ? ret : len;
}

/* Read so many lines, and have no more drawn than that takes. */
static inline ssize_t text_read_lines(struct file *file, unsigned int lines)
{
	ssize_t ret;
	char c;

	while (lines) {
		ret = text_read(file, &c, 1);
		if (ret <= 0)
			return ret ?: -ENODATA;
		lines -= c == '\n';
	}
	return 0;
}

#endif
