// SPDX-License-Identifier: GPL-2.0
/* The list of heaps, and what was seen of each before. */

#include <stdlib.h>
#include <string.h>

#include "top.h"

/* In the order of the screen, where there may be room for the first ones only. */
const struct column columns[COLUMNS] = {
	[COL_NAME]	 = { "name", "NAME", TEXT },
	[COL_USE]	 = { "use", "USE%", PERCENT },
	[COL_USED]	 = { "used", "USED", BYTES },
	[COL_USABLE]	 = { "usable", "USABLE", BYTES },
	[COL_LARGEST]	 = { "largest", "LARGEST", BYTES },
	[COL_ALLOC_RATE] = { "allocs_per_s", "ALLOC/S", RATE },
	[COL_FREE_RATE]	 = { "frees_per_s", "FREE/S", RATE },
	[COL_FAILED]	 = { "failed", "FAILED", COUNT },
	[COL_REFUSED]	 = { "refused", "REFUSED", COUNT },
	[COL_PEAK]	 = { "peak", "PEAK", BYTES },
	[COL_GIVEN]	 = { "given", "GIVEN", BYTES },
	[COL_EXTENTS]	 = { "extents", "EXTENTS", COUNT },
	[COL_PAGE_SIZE]	 = { "page_size", "PAGE", BYTES },
	[COL_CLASSES]	 = { "classes", "CLASSES", TEXT },
	[COL_ALLOCS]	 = { "allocs", "ALLOCS", COUNT },
	[COL_FREES]	 = { "frees", "FREES", COUNT },
};

static bool is_derived(enum column_id column)
{
	return column == COL_USE || columns[column].kind == RATE;
}

static void heap_free(struct heap *heap)
{
	free(heap->name);
	free(heap->label);
	free(heap->classes);
}

static int heap_parse(struct heap *heap, const struct table *table, size_t row)
{
	for (int i = 0; i < COLUMNS; i++) {
		const char *cell;
		char *end;
		int at;

		if (is_derived(i))
			continue;
		at = table_column(table, columns[i].key);
		if (at < 0)
			return fail("heaps: there is no column '%s'", columns[i].key);
		cell = table->row[row][at];
		heap->value[i] = strtod(cell, &end);
		if (columns[i].kind != TEXT && (end == cell || *end))
			return fail("heaps: row %zu has '%s' for %s", row + 1, cell,
				    columns[i].key);
		if (i == COL_NAME)
			heap->name = copy(cell);
		if (i == COL_CLASSES)
			heap->classes = copy(cell);
	}
	heap->label = copy(heap->name);
	unescape(heap->label);
	if (heap->value[COL_USABLE])
		heap->value[COL_USE] = 100 * heap->value[COL_USED] /
				       heap->value[COL_USABLE];
	return 0;
}

/* What follows from how the heap was `seconds` ago; `old` may be NULL. */
static void heap_compare(struct heap *heap, const struct heap *old,
			 double seconds)
{
	const double *value = heap->value;

	heap->value[COL_ALLOC_RATE] = -1;
	heap->value[COL_FREE_RATE] = -1;
	/* A heap that was made anew under the name counts from 0. */
	if (old && value[COL_ALLOCS] < old->value[COL_ALLOCS])
		old = NULL;
	if (old && seconds > 0) {
		heap->value[COL_ALLOC_RATE] =
			(value[COL_ALLOCS] - old->value[COL_ALLOCS]) / seconds;
		heap->value[COL_FREE_RATE] =
			(value[COL_FREES] - old->value[COL_FREES]) / seconds;
	}
	if (old) {
		memcpy(heap->history, old->history + 1, HISTORY - 1);
		heap->remembered = old->remembered;
	}
	heap->remembered += heap->remembered < HISTORY;
	heap->history[HISTORY - 1] = value[COL_USE] < 100 ? value[COL_USE] : 100;

	heap->pressure = EASY;
	if (value[COL_USE] >= 75)
		heap->pressure = TIGHT;
	if (value[COL_USE] >= 90 ||
	    (old && value[COL_FAILED] > old->value[COL_FAILED]))
		heap->pressure = CRITICAL;
}

const struct heap *heaps_find(const struct heaps *heaps, const char *name)
{
	for (size_t i = 0; i < heaps->nr; i++)
		if (!strcmp(heaps->heap[i].name, name))
			return &heaps->heap[i];
	return NULL;
}

static void heaps_free(struct heaps *heaps)
{
	for (size_t i = 0; i < heaps->nr; i++)
		heap_free(&heaps->heap[i]);
	free(heaps->heap);
}

/* On failure the list stays as it was. */
int heaps_update(struct heaps *heaps, const struct snapshot *snapshot)
{
	struct heaps new = { .time = snapshot->time };
	struct table table;
	int ret = 0;

	if (!snapshot->nr || strcmp(snapshot->text[0].path, "heaps"))
		return fail("heaps: is not the first file of the snapshot");
	if (table_parse(&table, "heaps", snapshot->text[0].body))
		return -1;
	new.heap = resize(NULL, table.rows, sizeof(*new.heap));
	while (!ret && new.nr < table.rows) {
		struct heap *heap = &new.heap[new.nr];

		*heap = (struct heap){};
		ret = heap_parse(heap, &table, new.nr++);
		if (!ret)
			heap_compare(heap, heaps_find(heaps, heap->name),
				     new.time - heaps->time);
	}
	table_free(&table);
	if (ret) {
		heaps_free(&new);
	} else {
		heaps_free(heaps);
		*heaps = new;
	}
	return ret;
}

static enum column_id sort_column;
static bool sort_reverse;

/* Text from a to z, figures from the largest down; equals by name. */
static int compare(const void *a, const void *b)
{
	const struct heap *x = a, *y = b;
	double left = x->value[sort_column], right = y->value[sort_column];
	int order = (left < right) - (left > right);

	if (sort_column == COL_CLASSES)
		order = strcmp(x->classes, y->classes);
	if (sort_column == COL_NAME)
		order = strcmp(x->label, y->label);
	if (sort_reverse)
		order = -order;
	return order ? order : strcmp(x->label, y->label);
}

void heaps_sort(struct heaps *heaps, enum column_id column, bool reverse)
{
	sort_column = column;
	sort_reverse = reverse;
	qsort(heaps->heap, heaps->nr, sizeof(*heaps->heap), compare);
}

int column_find(const char *key)
{
	char keys[256] = "";

	for (int i = 0; i < COLUMNS; i++) {
		if (!strcmp(columns[i].key, key))
			return i;
		strcat(strcat(keys, " "), columns[i].key);
	}
	return fail("--sort %s: must be one of%s", key, keys);
}

/* At most 6 characters for any figure. */
static void format_short(char *buf, size_t size, double value, double unit)
{
	const char *suffix = " KMGTPE";

	while (value >= 99999.5) {
		value /= unit;
		suffix++;
	}
	snprintf(buf, size, "%.0f%.*s", value, *suffix != ' ', suffix);
}

void column_format(char *buf, size_t size, const struct heap *heap,
		   enum column_id column)
{
	double value = heap->value[column];

	switch (columns[column].kind) {
	case TEXT:
		snprintf(buf, size, "%s",
			 column == COL_NAME ? heap->label : heap->classes);
		clean(buf);
		break;
	case RATE:
		if (value < 0)
			snprintf(buf, size, "-");
		else
			format_short(buf, size, value, 1000);
		break;
	case COUNT:
		format_short(buf, size, value, 1000);
		break;
	case BYTES:
		format_short(buf, size, value, 1024);
		break;
	case PERCENT:
		snprintf(buf, size, "%.1f", value);
		break;
	}
}
