/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a person sees: a folder for each heap, and files in it.
 *
 * A file is read or written, never both: a kernel that is locked down opens
 * none that may be written to.
 *
 * They are documented in Documentation/ABI/testing/debugfs-xnheap.
 */
#ifndef _XNHEAP_FOLDERS_H
#define _XNHEAP_FOLDERS_H

struct dentry;
struct seq_file;
struct xnheap;

/* Make files in a heap's folder. */
void folder_add_stats(struct dentry *dir, struct xnheap *heap);
void folder_add_tables(struct dentry *dir, struct xnheap *heap);
void folder_add_maps(struct dentry *dir, struct xnheap *heap);
void folder_add_calls(struct dentry *dir, struct xnheap *heap);
#ifdef XNHEAP_VALIDATE
void folder_add_validate(struct dentry *dir, struct xnheap *heap);
#else
static inline void folder_add_validate(struct dentry *dir, struct xnheap *heap) { }
#endif

/* debugfs_tables.c: the table of all heaps */
void heaps_show_titles(struct seq_file *m);
void heaps_show_line(struct seq_file *m, struct xnheap *heap);

/* debugfs.c */
void folders_init(void);
void folders_exit(void);
void folder_begin(struct xnheap *heap);
void folder_name(struct xnheap *heap);
void folder_remove(struct xnheap *heap);

#endif
