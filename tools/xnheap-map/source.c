// SPDX-License-Identifier: GPL-2.0
/* Where frames come from: a heap's folder, or a record. */

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "map.h"

static int add_frame(struct series *series, const struct snapshot *snapshot,
		     const char *heap, const char *map, const char *fill)
{
	const char *stats = snapshot_get(snapshot, heap, "stats");
	struct frame *frame;

	if (!series->label) {
		series->label = copy(heap);
		unescape(series->label);
	}
	stats = stats ? strstr(stats, "\npage_size ") : NULL;
	if (stats)
		sscanf(stats, " page_size %lu", &series->page_size);
	series->frame = resize(series->frame, series->frames + 1, sizeof(*frame));
	frame = &series->frame[series->frames++];
	*frame = (struct frame){ .time = snapshot->time };
	if (map_parse(&frame->map, "map", map) || map_parse(&frame->fill, "fill", fill))
		return -1;
	/* They are read one after the other: the heap may have grown between. */
	if (frame->fill.pages < frame->map.pages) {
		map_free(&frame->map);
		map_free(&frame->fill);
		series->frames--;
	}
	return 0;
}

static int add_folder(struct series *series, const char *folder)
{
	char *path = realpath(folder, NULL), *parent = copy(path);
	struct snapshot snapshot = {};
	const char *map, *fill, *name = basename(path);
	int ret;

	debugfs_read_heap(&snapshot, dirname(parent), name);
	map = snapshot_get(&snapshot, name, "map");
	fill = snapshot_get(&snapshot, name, "fill");
	if (map && fill)
		ret = add_frame(series, &snapshot, name, map, fill);
	else
		ret = fail("%s has no %s that can be read: is it a heap's folder?",
			   folder, map ? "fill" : "map");
	snapshot_clear(&snapshot);
	free(parent);
	free(path);
	return ret;
}

/*
 * Find the heap with this label, or the only one with a map if none is asked
 * for; NULL if the snapshot has none.
 */
static int find_heap(const struct snapshot *snapshot, const char *label, char **heap)
{
	*heap = NULL;
	for (size_t i = 0; i < snapshot->nr; i++) {
		char *name = copy(snapshot->text[i].path);
		char *slash = strrchr(name, '/');
		char *plain;
		bool wanted;

		if (slash)
			*slash = '\0';
		plain = copy(name);
		unescape(plain);
		wanted = slash && !strcmp(slash + 1, "map") && (!label || !strcmp(plain, label));
		free(plain);
		if (!wanted) {
			free(name);
			continue;
		}
		if (*heap) {
			fail("the record has several heaps, choose with --heap: %s %s",
			     *heap, name);
			free(name);
			free(*heap);
			return -1;
		}
		*heap = name;
	}
	return 0;
}

static int add_snapshot(struct series *series, const struct snapshot *snapshot,
			const char *label)
{
	const char *map, *fill;
	char *heap;
	int ret = 0;

	if (find_heap(snapshot, label, &heap))
		return -1;
	if (!heap)
		return 0;
	map = snapshot_get(snapshot, heap, "map");
	fill = snapshot_get(snapshot, heap, "fill");
	if (map && fill)
		ret = add_frame(series, snapshot, heap, map, fill);
	free(heap);
	return ret;
}

static int add_record(struct series *series, const char *path, const char *label)
{
	FILE *record = record_open(path);
	struct snapshot snapshot = {};
	size_t before = series->frames;
	int ret;

	if (!record)
		return -1;
	while ((ret = record_read(record, &snapshot)) > 0 &&
	       !add_snapshot(series, &snapshot, label))
		snapshot_clear(&snapshot);
	snapshot_clear(&snapshot);
	fclose(record);
	if (!ret && series->frames == before)
		return fail("%s has no map of %s", path, label ? label : "any heap");
	return ret ? -1 : 0;
}

int series_add(struct series *series, const char *source, const char *heap)
{
	struct stat stat_buf;

	if (stat(source, &stat_buf))
		return fail("cannot read %s: %s", source, strerror(errno));
	if (S_ISDIR(stat_buf.st_mode))
		return add_folder(series, source);
	return add_record(series, source, heap);
}
