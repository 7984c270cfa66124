// SPDX-License-Identifier: GPL-2.0
/* A folder for each heap, named by its label, and the table of all heaps. */

#include <linux/ctype.h>
#include <linux/debugfs.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "folders.h"
#include "observe.h"

/* Taken after heaps_lock, and never held while readers are waited for. */
static DEFINE_MUTEX(names_lock);
static LIST_HEAD(names);		/* of all folders, under names_lock */
static struct dentry *root;

/* There is the file heaps, too. */
static bool name_taken(const char *name)
{
	struct xnheap_observed *observed;

	if (!strcmp(name, "heaps"))
		return true;
	list_for_each_entry(observed, &names, names)
		if (!strcmp(observed->name, name))
			return true;
	return false;
}

/* Make a heap's label one line of text, and copy it. */
static void clean_label(struct xnheap *heap, char *label)
{
	char *at;

	heap_lock(heap);
	for (at = heap->label; *at; at++)
		if (!isprint(*at))
			*at = '_';
	strscpy(label, heap->label, XNHEAP_LABEL_LEN);
	heap_unlock(heap);
}

/* Give a folder the first name that is not taken. */
static void choose_name(struct xnheap_observed *observed)
{
	char base[XNHEAP_LABEL_LEN];
	unsigned int n = 1;

	clean_label(observed->heap, base);
	strreplace(base, '/', '_');
	if (base[0] == '.')
		base[0] = '_';
	strscpy(observed->name, base, sizeof(observed->name));
	while (name_taken(observed->name))
		snprintf(observed->name, sizeof(observed->name), "%s#%u", base,
			 ++n);
}

static void add_folder(struct xnheap_observed *observed)
{
	struct xnheap *heap = observed->heap;
	struct dentry *dir = debugfs_create_dir(observed->name, root);

	folder_add_stats(dir, heap);
	folder_add_tables(dir, heap);
	folder_add_maps(dir, heap);
	folder_add_calls(dir, heap);
	folder_add_validate(dir, heap);
	observed->dir = dir;
}

/*
 * Remove a heap's folder, which may be missing. Waits for readers of its files,
 * who are told not to begin anew. Until they are gone the name stays taken, and
 * who else wants to remove the folder is told by false that somebody does.
 */
static bool remove_folder(struct xnheap_observed *observed)
{
	bool mine;

	mutex_lock(&names_lock);
	mine = !observed->leaving;
	WRITE_ONCE(observed->leaving, true);
	mutex_unlock(&names_lock);
	if (mine)
		debugfs_remove(observed->dir);
	return mine;
}

void folder_begin(struct xnheap *heap)
{
	INIT_LIST_HEAD(&heap->observed->names);
}

/*
 * Name a heap's folder by the label, anew if it had another. Of two tasks that
 * set a label at a time, the first removes the folder and then finds the last
 * label.
 */
void folder_name(struct xnheap *heap)
{
	struct xnheap_observed *observed = heap->observed;

	if (!remove_folder(observed))
		return;
	mutex_lock(&names_lock);
	list_del(&observed->names);
	choose_name(observed);
	list_add_tail(&observed->names, &names);
	WRITE_ONCE(observed->leaving, false);
	add_folder(observed);
	mutex_unlock(&names_lock);
}

/* After this no reader of the heap's files is left. */
void folder_remove(struct xnheap *heap)
{
	remove_folder(heap->observed);
	mutex_lock(&names_lock);
	list_del(&heap->observed->names);
	mutex_unlock(&names_lock);
}

static void *heaps_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&heaps_lock);
	mutex_lock(&names_lock);
	return seq_list_start_head(&heaps, *pos);
}

static void *heaps_next(struct seq_file *m, void *at, loff_t *pos)
{
	return seq_list_next(at, &heaps, pos);
}

static void heaps_stop(struct seq_file *m, void *at)
{
	mutex_unlock(&names_lock);
	mutex_unlock(&heaps_lock);
}

static int heaps_show(struct seq_file *m, void *at)
{
	struct xnheap *heap = list_entry(at, struct xnheap, list);
	struct xnheap_observed *observed;

	if (at == &heaps) {
		heaps_show_titles(m);
		return 0;
	}
	/* It is complete once it is named */
	observed = READ_ONCE(heap->observed);
	if (observed && observed->name[0])
		heaps_show_line(m, heap);
	return 0;
}

static const struct seq_operations heaps_sops = {
	.start = heaps_start,
	.next = heaps_next,
	.stop = heaps_stop,
	.show = heaps_show,
};
DEFINE_SEQ_ATTRIBUTE(heaps);

void folders_init(void)
{
	root = debugfs_create_dir("xnheap", NULL);
	debugfs_create_file("heaps", 0400, root, NULL, &heaps_fops);
}

void folders_exit(void)
{
	debugfs_remove(root);
}
