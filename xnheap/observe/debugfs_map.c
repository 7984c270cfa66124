// SPDX-License-Identifier: GPL-2.0
/*
 * The files in a heap's folder that are maps: a character for each page.
 *
 * A map is read line by line, and drawn no further than it is read.
 */

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "folders.h"
#include "walk.h"

/* Pages of a line; in the run-length form, columns after which it ends. */
#define LINE_LENGTH	64

/* Of a larger heap, pages that look alike are counted. */
#define PLAIN_PAGES	16384

/* What pages look like. */
struct legend {
	const char *name;
	char block, rest;		/* of a page block */
	char (*run)(const struct walk_part *run);
};

struct map {
	const struct legend *legend;
	struct xnheap *heap;
	struct walk walk;
	bool counted;
	bool inside;			/* an extent */
	int state;			/* of the text: 1, 0 at the end, error */

	/* pages to draw, and the rest of their part that looks otherwise */
	u32 alike, others;
	char look, other;

	char text[LINE_LENGTH + 32];
};

/* Fetch pages that look alike: 1, 0 at the end of the extent, or an error. */
static int map_fetch(struct map *map)
{
	struct walk_part part;
	int ret;

	if (map->alike)
		return 1;
	if (map->others) {
		map->look = map->other;
		map->alike = map->others;
		map->others = 0;
		return 1;
	}
	ret = walk_next(&map->walk, &part);
	if (ret <= 0)
		return ret;
	map->alike = part.pages;
	switch (part.type) {
	case PAGE_FREE:
		map->look = '.';
		break;
	case PAGE_BLOCK:
		map->look = map->legend->block;
		map->alike = 1;
		map->other = map->legend->rest;
		map->others = part.pages - 1;
		break;
	case PAGE_LAST:
		map->look = map->legend->rest;
		break;
	default:
		map->look = map->legend->run(&part);
	}
	return 1;
}

static int draw_pages(struct map *map)
{
	unsigned int len = 0, n;
	int ret = 1;

	while (len < LINE_LENGTH && (ret = map_fetch(map)) > 0) {
		n = min(map->alike, LINE_LENGTH - len);
		memset(map->text + len, map->look, n);
		len += n;
		map->alike -= n;
	}
	map->text[len] = '\0';
	return ret < 0 ? ret : len > 0;
}

static int draw_counts(struct map *map)
{
	unsigned int len = 0;
	int ret = 1;
	char look;
	u32 n;

	while (len < LINE_LENGTH && (ret = map_fetch(map)) > 0) {
		look = map->look;
		n = 0;
		do {
			n += map->alike;
			map->alike = 0;
			ret = map_fetch(map);
		} while (ret > 0 && map->look == look);
		if (ret < 0)
			break;
		len += scnprintf(map->text + len, sizeof(map->text) - len,
				 "%s%u%c", len ? " " : "", n, look);
	}
	return ret < 0 ? ret : len > 0;
}

/* Draw the next line: 1, 0 if there is none, or an error. */
static int draw(struct map *map)
{
	int ret = 0;

	if (map->inside)
		ret = map->counted ? draw_counts(map) : draw_pages(map);
	if (ret)
		return ret;
	map->inside = walk_extent(&map->walk);
	if (!map->inside)
		return 0;
	scnprintf(map->text, sizeof(map->text), "extent %d %u",
		  map->walk.nr, map->walk.pages);
	return 1;
}

/* The header, as the first of all lines. */
static void draw_header(struct map *map)
{
	*map = (struct map) {
		.legend = map->legend,
		.heap = map->heap,
		.counted = xnheap_page_count(map->heap) > PLAIN_PAGES,
		.state = 1,
	};
	walk_begin(&map->walk, map->heap);
	scnprintf(map->text, sizeof(map->text), "# xnheap %s 1%s\n# " IN_SLICES,
		  map->legend->name, map->counted ? " rle" : "");
}

static void *map_at(struct map *map)
{
	return map->state < 0 ? ERR_PTR(map->state) : map->state ? map : NULL;
}

/* A position other than 0 is the one of the line drawn last. */
static void *map_start(struct seq_file *m, loff_t *pos)
{
	if (!*pos)
		draw_header(m->private);
	return map_at(m->private);
}

static void *map_next(struct seq_file *m, void *at, loff_t *pos)
{
	struct map *map = at;

	++*pos;
	map->state = draw(map);
	return map_at(map);
}

static void map_stop(struct seq_file *m, void *at)
{
}

static int map_show(struct seq_file *m, void *at)
{
	struct map *map = at;

	seq_printf(m, "%s\n", map->text);
	return 0;
}

static const struct seq_operations map_sops = {
	.start = map_start,
	.next = map_next,
	.stop = map_stop,
	.show = map_show,
};

static int map_open(struct inode *inode, struct file *file,
		    const struct legend *legend)
{
	struct map *map = __seq_open_private(file, &map_sops, sizeof(*map));

	if (!map)
		return -ENOMEM;
	map->legend = legend;
	map->heap = inode->i_private;
	return 0;
}

/* A letter for each doubling of the block size, large if none is free. */
static char run_letter(const struct walk_part *run)
{
	unsigned int doublings = order_base_2(run->size / XNHEAP_MIN_BLOCK);

	return (run->free ? 'a' : 'A') + min(doublings, 25U);
}

static int open_map(struct inode *inode, struct file *file)
{
	static const struct legend legend = {
		.name = "map", .block = '[', .rest = '=', .run = run_letter,
	};

	return map_open(inode, file, &legend);
}

/* Tenths that are allocated. */
static char run_tenths(const struct walk_part *run)
{
	return '0' + min((run->blocks - run->free) * 10 / run->blocks, 9U);
}

static int open_fill(struct inode *inode, struct file *file)
{
	static const struct legend legend = {
		.name = "fill", .block = '9', .rest = '9', .run = run_tenths,
	};

	return map_open(inode, file, &legend);
}

static const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.open = open_map,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static const struct file_operations fill_fops = {
	.owner = THIS_MODULE,
	.open = open_fill,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

void folder_add_maps(struct dentry *dir, struct xnheap *heap)
{
	debugfs_create_file("map", 0400, dir, heap, &map_fops);
	debugfs_create_file("fill", 0400, dir, heap, &fill_fops);
}
