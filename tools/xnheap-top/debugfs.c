// SPDX-License-Identifier: GPL-2.0
/* Snapshots of what the module shows in debugfs. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

/* The whole of a file, or NULL with errno set. */
static char *read_file(const char *path)
{
	size_t len = 0, size = 4096;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *body;
	ssize_t n;

	if (fd < 0)
		return NULL;
	body = resize(NULL, size, 1);
	while ((n = read(fd, body + len, size - len - 1)) > 0) {
		len += n;
		if (size - len < 4096)
			body = resize(body, size *= 2, 1);
	}
	body[len] = '\0';
	if (n < 0) {
		int error = errno;

		free(body);
		body = NULL;
		errno = error;
	}
	close(fd);
	return body;
}

/* Why there is no list of heaps, and what to do. */
static int explain(const char *root, int error)
{
	char *path = copy(root), *parent = dirname(path);
	struct statfs fs = {};
	bool missing = error == ENOENT || error == ENOTDIR;
	bool mounted = !statfs(parent, &fs) && fs.f_type == DEBUGFS_MAGIC;

	/* Where debugfs would be mounted is sysfs, closed to most users. */
	if (!mounted && (missing || fs.f_type == SYSFS_MAGIC))
		fail("debugfs is not mounted on %s; as root: mount -t debugfs none %s",
		     parent, parent);
	else if (error == EACCES || error == EPERM)
		fail("no permission to read %s; run this as root", root);
	else if (missing)
		fail("the xnheap module is not loaded: no %s/heaps; as root: modprobe xnheap",
		     root);
	else
		fail("cannot read %s/heaps: %s", root, strerror(error));
	free(path);
	return -1;
}

static int is_file(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Whatever cannot be read is left out: the heap may go away meanwhile. */
void debugfs_read_heap(struct snapshot *snapshot, const char *root, const char *name)
{
	char folder[4096], path[8192], *label = copy(name);
	struct dirent **list;
	int nr;

	unescape(label);
	snprintf(folder, sizeof(folder), "%s/%s", root, label);
	free(label);
	nr = scandir(folder, &list, is_file, alphasort);
	for (int i = 0; i < nr; i++) {
		char *body;

		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		body = read_file(path);
		snprintf(path, sizeof(path), "%s/%s", name, list[i]->d_name);
		if (body)
			snapshot_add(snapshot, path, body);
		free(list[i]);
	}
	if (nr >= 0)
		free(list);
}

int debugfs_read(struct snapshot *snapshot, const char *root, const char *heap)
{
	struct table table;
	struct timespec now;
	char path[4096];
	char *body;

	snprintf(path, sizeof(path), "%s/heaps", root);
	body = read_file(path);
	if (!body)
		return explain(root, errno);
	clock_gettime(CLOCK_REALTIME, &now);
	snapshot->time = now.tv_sec + now.tv_nsec / 1e9;
	snapshot_add(snapshot, "heaps", body);
	if (!heap)
		return 0;
	if (heap[0]) {
		debugfs_read_heap(snapshot, root, heap);
		return 0;
	}
	if (table_parse(&table, "heaps", body))
		return -1;
	for (size_t i = 0; i < table.rows; i++)
		debugfs_read_heap(snapshot, root, table.row[i][0]);
	table_free(&table);
	return 0;
}

int debugfs_write(const char *root, const char *heap, const char *file,
		  const char *value)
{
	char path[8192], *label = copy(heap);
	ssize_t n = -1;
	int fd;

	unescape(label);
	snprintf(path, sizeof(path), "%s/%s/%s", root, label, file);
	free(label);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		n = write(fd, value, strlen(value));
	if (n < 0)
		fail("cannot write to %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return n < 0 ? -1 : 0;
}
