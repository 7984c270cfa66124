// SPDX-License-Identifier: GPL-2.0
/* One heap: its pages as a picture, and its tables. */

#include <ctype.h>
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

#define MAX_ROWS	40	/* of one table; the rest is counted */
#define BAR		10

/* The pages now, and at the look before, to show what changed. */
static struct {
	char name[256];
	double time;
	struct map now, before, fill;
} pages;

/* Sections stand side by side where there is room. */
struct flow {
	int x, y, bottom;
};

static void place(const struct screen *screen, struct flow *flow, int width)
{
	if (flow->x && flow->x + width > screen->width) {
		flow->x = 0;
		flow->y = flow->bottom + 1;
	}
}

static void advance(struct flow *flow, int width, int lines)
{
	flow->x += width + 1;
	if (flow->y + lines > flow->bottom)
		flow->bottom = flow->y + lines;
}

/*
 * The map
 */

static int read_pages(const struct screen *screen)
{
	const struct snapshot *snapshot = &screen->session->snapshot;
	const char *name = screen->selected;
	const char *map = snapshot_get(snapshot, name, "map");
	const char *fill = snapshot_get(snapshot, name, "fill");

	if (pages.time == snapshot->time && !strcmp(pages.name, name))
		return pages.now.pages ? 0 : -1;
	map_free(&pages.before);
	map_free(&pages.fill);
	pages.before = pages.now;
	pages.now = (struct map){};
	if (strcmp(pages.name, name))
		map_free(&pages.before);
	pages.time = snapshot->time;
	snprintf(pages.name, sizeof(pages.name), "%s", name);
	if (!map || !fill)
		return fail("%s/%s is not there", name, map ? "fill" : "map");
	if (map_parse(&pages.now, "map", map) || map_parse(&pages.fill, "fill", fill))
		return -1;
	/* They are read one after the other: the heap may have grown between. */
	if (pages.fill.pages != pages.now.pages)
		map_free(&pages.fill);
	return 0;
}

/* What most pages of a cell are; a block's other pages count as its first. */
static char kind_of(const char *page, size_t nr)
{
	unsigned int count[128] = {};
	char most = page[0];

	for (size_t i = 0; i < nr; i++) {
		char kind = page[i] == '=' ? '[' : page[i] & 0x7f;

		if (++count[(int)kind] > count[(int)most])
			most = kind;
	}
	return nr == 1 ? page[0] : most;
}

/* Without colours only letters tell sizes apart. */
static bool has_pictures(const struct screen *screen)
{
	return screen->utf8 && screen->colours;
}

static int pair_of(char kind)
{
	if (kind == '.')
		return PAIR_FREE;
	if (!isalpha(kind))
		return PAIR_PAGES;
	return PAIR_SIZES + (tolower(kind) - 'a') % SIZE_COLOURS;
}

static void put_cell(const struct screen *screen, int y, int x, size_t from, size_t nr)
{
	char kind = kind_of(pages.now.page + from, nr);
	bool changed = pages.before.pages == pages.now.pages &&
		       memcmp(pages.before.page + from, pages.now.page + from, nr);
	int tenths = 0;

	for (size_t i = from; i < from + nr; i++)
		if (pages.fill.pages && isdigit((unsigned char)pages.fill.page[i]))
			tenths += pages.fill.page[i] - '0' + 1;
	paint(pair_of(kind), changed ? A_UNDERLINE : 0);
	if (!has_pictures(screen))
		put(y, x, "%c", kind);
	else if (kind == '.')
		put(y, x, "·");
	else
		put(y, x, "%s", level(screen, (tenths * 8 / (int)nr + 9) / 10));
}

static int map_lines(size_t cell, int width)
{
	int lines = 0;

	for (size_t i = 0; i < pages.now.extents; i++)
		lines += (pages.now.extent[i].pages + cell * width - 1) / (cell * width);
	return lines;
}

static int put_symbol(const struct screen *screen, int y, int x, int pair, char letter,
		      const char *meaning)
{
	const char *picture = letter == '.' ? "·" : "█";

	paint(pair, 0);
	put(y, x, "%s", has_pictures(screen) ? picture : (char[]){ letter, 0 });
	paint(0, 0);
	put(y, x + 2, "%s", meaning);
	return x + 10;
}

static int put_legend(const struct screen *screen, int y)
{
	bool seen[128] = {};
	char size[16];
	int x = 0;

	for (size_t i = 0; i < pages.now.pages; i++)
		seen[tolower(pages.now.page[i] & 0x7f)] = true;
	for (int c = 'a'; c <= 'z'; c++) {
		if (!seen[c])
			continue;
		snprintf(size, sizeof(size), "%d", 8 << (c - 'a'));
		x = put_symbol(screen, y, x, pair_of(c), c, size);
	}
	x = put_symbol(screen, y, x, PAIR_PAGES, '[', "pages");
	put_symbol(screen, y, x, PAIR_FREE, '.', "free   underlined: changed");
	return 1;
}

static int put_map(const struct screen *screen, int y)
{
	int width = screen->width > 20 ? screen->width - 4 : 16;
	int room = screen->height / 2, start = y;
	size_t cell = 1;

	if (room < (int)pages.now.extents)
		room = pages.now.extents;
	while (map_lines(cell, width) > room && cell < pages.now.pages)
		cell *= 2;
	paint(0, A_BOLD);
	put(y++, 0, "pages  %zu, %zu a cell", pages.now.pages, cell);
	for (size_t i = 0; i < pages.now.extents; i++) {
		const struct map_extent *extent = &pages.now.extent[i];

		paint(PAIR_FREE, 0);
		put(y, 0, "%3u", extent->nr);
		for (size_t done = 0; done < extent->pages; done += cell) {
			int at = done / cell;
			size_t left = extent->pages - done;

			put_cell(screen, y + at / width, 4 + at % width,
				 extent->first + done, left < cell ? left : cell);
		}
		y += (extent->pages + cell * width - 1) / (cell * width);
	}
	return y + put_legend(screen, y) - start;
}

/*
 * The tables
 */

static void put_bar(const struct screen *screen, int y, int x, double share)
{
	int eighths = share * BAR * 8 + 0.999;

	for (int i = 0; i < BAR && eighths > 0; i++, eighths -= 8)
		put(y, x + i, "%s", screen->utf8 ? eighths >= 8 ? "█" : "▌" :
		    eighths >= 4 ? "#" : ".");
}

/* What is shown of a table, and how wide. */
struct section {
	struct table table;
	bool bars;			/* beside every figure but the first */
	size_t first, end;		/* rows */
	int width[MAX_COLUMNS];
	double max[MAX_COLUMNS];
	int total;
};

/* Whether anything but the first column of a row has a figure that is not 0. */
static bool counts(const struct table *table, size_t row)
{
	for (size_t c = 1; c < table->columns; c++)
		if (strtod(table->row[row][c], NULL))
			return true;
	return false;
}

/* A histogram is shown from the first line that counts to the last. */
static void measure(struct section *section)
{
	const struct table *table = &section->table;

	section->end = table->rows;
	while (section->bars && section->end && !counts(table, section->end - 1))
		section->end--;
	while (section->bars && section->first < section->end &&
	       !counts(table, section->first))
		section->first++;
	if (section->end > section->first + MAX_ROWS)
		section->end = section->first + MAX_ROWS;
	for (size_t c = 0; c < table->columns; c++) {
		int *width = &section->width[c];

		*width = strlen(table->column[c]);
		for (size_t r = section->first; r < section->end; r++) {
			const char *cell = table->row[r][c];

			*width = fmax(*width, strlen(cell));
			section->max[c] = fmax(section->max[c], strtod(cell, NULL));
		}
		section->total += *width + 2 + (section->bars && c ? BAR + 1 : 0);
	}
}

/* Whether it is text, which is aligned to the left: figures are to the right. */
static bool is_text(const char *column)
{
	return !strcmp(column, "caller") || !strcmp(column, "name");
}

static void put_row(const struct screen *screen, const struct section *section, int y, int x,
		    const char *const cells[])
{
	for (size_t c = 0; c < section->table.columns; c++) {
		int width = section->width[c];
		double value = strtod(cells[c], NULL);

		put(y, x, "%*s", is_text(section->table.column[c]) ? -width : width, cells[c]);
		x += width + 2;
		if (!section->bars || !c)
			continue;
		if (value)
			put_bar(screen, y, x - 1, value / section->max[c]);
		x += BAR + 1;
	}
}

/* As they are, as far as a terminal takes that; who holds most comes first. */
static void prepare_peers(struct table *table)
{
	int name = table_column(table, "name");

	for (size_t r = 0; name >= 0 && r < table->rows; r++) {
		/* Cells are in the table's own text, but those of a short row */
		char *cell = (char *)table->row[r][name];

		if (*cell) {
			unescape(cell);
			clean(cell);
		}
	}
	table_sort(table, "bytes");
}

static void put_table(const struct screen *screen, struct flow *flow, const char *name)
{
	const char *text = snapshot_get(&screen->session->snapshot, screen->selected, name);
	struct section section = { .bars = !strcmp(name, "latency") };
	int y;

	if (!text || table_parse(&section.table, name, text))
		return;
	/* Most heaps have none */
	if (!section.table.rows && !strcmp(name, "reservations")) {
		table_free(&section.table);
		return;
	}
	if (!strcmp(name, "peers"))
		prepare_peers(&section.table);
	measure(&section);
	place(screen, flow, section.total);
	y = flow->y;
	paint(0, A_BOLD);
	put(y++, flow->x, "%s  %s", name, section.table.off ? "(off)" : section.table.note);
	paint(0, A_UNDERLINE);
	put_row(screen, &section, y++, flow->x, section.table.column);
	paint(0, 0);
	for (size_t r = section.first; r < section.end; r++)
		put_row(screen, &section, y++, flow->x, section.table.row[r]);
	if (section.end == section.first + MAX_ROWS && section.end < section.table.rows)
		put(y++, flow->x, "and %zu more", section.table.rows - section.end);
	advance(flow, section.total, y - flow->y);
	table_free(&section.table);
}

static int put_summary(const struct screen *screen, const struct heap *heap)
{
	char cell[256];
	int x = 0, y = 0;

	for (int i = 0; i < COLUMNS; i++) {
		const char *title = columns[i].title;
		int width;

		column_format(cell, sizeof(cell), heap, i);
		width = strlen(title) + strlen(cell) + 3;
		if (x && x + width > screen->width) {
			x = 0;
			y++;
		}
		paint(0, A_DIM);
		put(y, x, "%s", title);
		paint(PAIR_EASY + heap->pressure, A_BOLD);
		put(y, x + strlen(title) + 1, "%s", cell);
		x += width;
	}
	put_history(screen, y + 1, 0, heap, HISTORY);
	return y + 3;
}

int heap_draw(struct screen *screen)
{
	const struct heap *heap = heaps_find(&screen->session->heaps, screen->selected);
	struct flow flow = {};

	paint(0, 0);
	if (!heap) {
		put(0, 0, "The heap is gone; q goes back to the list.");
		return 1;
	}
	flow.y = put_summary(screen, heap);
	flow.y += level_draw(screen, flow.y);
	if (!read_pages(screen))
		flow.y += put_map(screen, flow.y) + 1;
	flow.bottom = flow.y;
	put_table(screen, &flow, "buckets");
	put_table(screen, &flow, "cpus");
	put_table(screen, &flow, "peers");
	put_table(screen, &flow, "reservations");
	put_table(screen, &flow, "ranges");
	put_table(screen, &flow, "latency");
	put_table(screen, &flow, "leaks");
	put_table(screen, &flow, "extents");
	return flow.bottom + 1;
}

void heap_key(struct screen *screen, int key)
{
	const struct session *session = screen->session;
	const char *text = snapshot_get(&session->snapshot, screen->selected, "latency");
	struct table table;

	if (key != 'l' || session->replay || !text || table_parse(&table, "latency", text))
		return;
	debugfs_write(session->root, screen->selected, "latency_switch", table.off ? "1" : "0");
	table_free(&table);
}
