// SPDX-License-Identifier: GPL-2.0
/*
 * What a person sees of a heap as a picture: a character for each page.
 *
 * A picture is read line by line, and drawn no further than it is read. It is
 * documented in Documentation/ABI/testing/debugfs-xnheap.
 */

#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "survey.h"

/* Pages of a line; in the run-length form, columns after which it ends. */
#define LINE_LENGTH	64

/* Of a larger heap, pages that look alike are counted. */
#define PLAIN_PAGES	16384

/* What pages look like. */
struct legend {
	const char *name;
	char block, rest;		/* of a page block */
	char (*run)(const struct xnheap_bucket *bucket, u32 free);
};

struct picture {
	const struct legend *legend;
	struct xnheap *heap;
	struct survey survey;
	bool counted;
	bool inside;			/* an extent */
	int state;			/* of the text: 1, 0 at the end, error */

	/* pages to draw, and the rest of their part that looks otherwise */
	u32 alike, others;
	char look, other;

	char text[LINE_LENGTH + 32];
};

/* Fetch pages that look alike: 1, 0 at the end of the extent, or an error. */
static int picture_fetch(struct picture *pic)
{
	struct survey_part part;
	int ret;

	if (pic->alike)
		return 1;
	if (pic->others) {
		pic->look = pic->other;
		pic->alike = pic->others;
		pic->others = 0;
		return 1;
	}
	ret = survey_next(&pic->survey, &part);
	if (ret <= 0)
		return ret;
	pic->alike = part.pages;
	switch (part.kind) {
	case PAGE_FREE:
		pic->look = '.';
		break;
	case PAGE_BLOCK:
		pic->look = pic->legend->block;
		pic->alike = 1;
		pic->other = pic->legend->rest;
		pic->others = part.pages - 1;
		break;
	case PAGE_BODY:
		pic->look = pic->legend->rest;
		break;
	default:
		pic->look = pic->legend->run(bucket_of_kind(pic->heap, part.kind),
					     part.free);
	}
	return 1;
}

static int draw_pages(struct picture *pic)
{
	unsigned int len = 0, n;
	int ret = 1;

	while (len < LINE_LENGTH && (ret = picture_fetch(pic)) > 0) {
		n = min(pic->alike, LINE_LENGTH - len);
		memset(pic->text + len, pic->look, n);
		len += n;
		pic->alike -= n;
	}
	pic->text[len] = '\0';
	return ret < 0 ? ret : len > 0;
}

static int draw_counts(struct picture *pic)
{
	unsigned int len = 0;
	int ret = 1;
	char look;
	u32 n;

	while (len < LINE_LENGTH && (ret = picture_fetch(pic)) > 0) {
		look = pic->look;
		n = 0;
		do {
			n += pic->alike;
			pic->alike = 0;
			ret = picture_fetch(pic);
		} while (ret > 0 && pic->look == look);
		if (ret < 0)
			break;
		len += scnprintf(pic->text + len, sizeof(pic->text) - len,
				 "%s%u%c", len ? " " : "", n, look);
	}
	return ret < 0 ? ret : len > 0;
}

/* Draw the next line: 1, 0 if there is none, or an error. */
static int draw(struct picture *pic)
{
	int ret = 0;

	if (pic->inside)
		ret = pic->counted ? draw_counts(pic) : draw_pages(pic);
	if (ret)
		return ret;
	pic->inside = survey_extent(&pic->survey);
	if (!pic->inside)
		return 0;
	scnprintf(pic->text, sizeof(pic->text), "extent %d %u",
		  pic->survey.nr, pic->survey.pages);
	return 1;
}

/* The header, as the first of all lines. */
static void draw_header(struct picture *pic)
{
	*pic = (struct picture) {
		.legend = pic->legend,
		.heap = pic->heap,
		.counted = xnheap_page_count(pic->heap) > PLAIN_PAGES,
		.state = 1,
	};
	survey_begin(&pic->survey, pic->heap);
	scnprintf(pic->text, sizeof(pic->text), "# xnheap %s 1%s\n# " IN_SLICES,
		  pic->legend->name, pic->counted ? " rle" : "");
}

static void *picture_at(struct picture *pic)
{
	return pic->state < 0 ? ERR_PTR(pic->state) : pic->state ? pic : NULL;
}

/* A position other than 0 is the one of the line drawn last. */
static void *picture_start(struct seq_file *m, loff_t *pos)
{
	if (!*pos)
		draw_header(m->private);
	return picture_at(m->private);
}

static void *picture_next(struct seq_file *m, void *at, loff_t *pos)
{
	struct picture *pic = at;

	++*pos;
	pic->state = draw(pic);
	return picture_at(pic);
}

static void picture_stop(struct seq_file *m, void *at)
{
}

static int picture_show(struct seq_file *m, void *at)
{
	struct picture *pic = at;

	seq_printf(m, "%s\n", pic->text);
	return 0;
}

static const struct seq_operations picture_sops = {
	.start = picture_start,
	.next = picture_next,
	.stop = picture_stop,
	.show = picture_show,
};

static int picture_open(struct inode *inode, struct file *file,
			const struct legend *legend)
{
	struct picture *pic = __seq_open_private(file, &picture_sops,
						 sizeof(*pic));

	if (!pic)
		return -ENOMEM;
	pic->legend = legend;
	pic->heap = inode->i_private;
	return 0;
}

/* A letter for each doubling of the block size, large when all are taken. */
static char map_run(const struct xnheap_bucket *bucket, u32 free)
{
	unsigned int doublings = order_base_2(bucket->size / XNHEAP_MIN_BLOCK);

	return (free ? 'a' : 'A') + min(doublings, 25U);
}

static int map_open(struct inode *inode, struct file *file)
{
	static const struct legend map = {
		.name = "map", .block = '[', .rest = '=', .run = map_run,
	};

	return picture_open(inode, file, &map);
}

/* Tenths that are taken. */
static char fill_run(const struct xnheap_bucket *bucket, u32 free)
{
	return '0' + min((bucket->blocks - free) * 10 / bucket->blocks, 9U);
}

static int fill_open(struct inode *inode, struct file *file)
{
	static const struct legend fill = {
		.name = "fill", .block = '9', .rest = '9', .run = fill_run,
	};

	return picture_open(inode, file, &fill);
}

static const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.open = map_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static const struct file_operations fill_fops = {
	.owner = THIS_MODULE,
	.open = fill_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

void heap_add_pictures(struct xnheap *heap)
{
	debugfs_create_file("map", 0400, heap->dir, heap, &map_fops);
	debugfs_create_file("fill", 0400, heap->dir, heap, &fill_fops);
}
