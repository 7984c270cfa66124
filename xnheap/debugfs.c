// SPDX-License-Identifier: GPL-2.0
/* What a person sees: a folder for each heap, named by its label. */

#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "heap.h"
#include "watch.h"

static DEFINE_MUTEX(names_lock);
static LIST_HEAD(named);		/* all heaps, under names_lock */
static struct dentry *root;

static bool name_taken(const char *name)
{
	struct xnheap *heap;

	list_for_each_entry(heap, &named, list)
		if (!strcmp(heap->name, name))
			return true;
	return false;
}

/* Waits for readers of the heap's files, who are told not to begin anew. */
static void unname(struct xnheap *heap)
{
	struct dentry *dir = heap->dir;

	WRITE_ONCE(heap->dir, NULL);
	debugfs_remove(dir);
	list_del(&heap->list);
}

/* A label on one line of text. */
static void clean_label(char *label)
{
	for (; *label; label++)
		if (!isprint(*label))
			*label = '_';
}

/* Name a heap, anew if it is in the list already. Its folder may be missing. */
void heap_name(struct xnheap *heap, const char *label)
{
	char base[XNHEAP_LABEL_LEN];
	unsigned int n = 1;

	strscpy(base, label, sizeof(base));
	clean_label(base);

	mutex_lock(&names_lock);
	if (heap->name[0])
		unname(heap);
	heap_set_label(heap, base);
	strreplace(base, '/', '_');
	if (base[0] == '.')
		base[0] = '_';
	strscpy(heap->name, base, sizeof(heap->name));
	while (name_taken(heap->name))
		snprintf(heap->name, sizeof(heap->name), "%s#%u", base, ++n);
	list_add_tail(&heap->list, &named);
	heap->dir = debugfs_create_dir(heap->name, root);
	heap_add_tables(heap);
	heap_add_pictures(heap);
	watch_debugfs(heap);
	mutex_unlock(&names_lock);
}

/* After this no reader of the heap's files is left. */
void heap_unname(struct xnheap *heap)
{
	mutex_lock(&names_lock);
	unname(heap);
	mutex_unlock(&names_lock);
}

static void *heaps_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&names_lock);
	return seq_list_start_head(&named, *pos);
}

static void *heaps_next(struct seq_file *m, void *at, loff_t *pos)
{
	return seq_list_next(at, &named, pos);
}

static void heaps_stop(struct seq_file *m, void *at)
{
	mutex_unlock(&names_lock);
}

static int heaps_show(struct seq_file *m, void *at)
{
	if (at == &named)
		heap_show_titles(m);
	else
		heap_show_line(m, list_entry(at, struct xnheap, list));
	return 0;
}

static const struct seq_operations heaps_sops = {
	.start = heaps_start,
	.next = heaps_next,
	.stop = heaps_stop,
	.show = heaps_show,
};
DEFINE_SEQ_ATTRIBUTE(heaps);

void heap_debugfs_init(void)
{
	root = debugfs_create_dir("xnheap", NULL);
	debugfs_create_file("heaps", 0400, root, NULL, &heaps_fops);
}

void heap_debugfs_exit(void)
{
	debugfs_remove(root);
}
