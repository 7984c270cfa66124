// SPDX-License-Identifier: GPL-2.0
/*
 * The picture: a row, or several, for each extent, a cell for each page.
 *
 * Cells of one look are one path: a dashed line whose dashes are the cells.
 * That keeps the file small; a large heap has several pages to a cell as well.
 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "map.h"

#define COLUMNS_OF_CELLS	128
#define PITCH			8	/* from one cell to the next */
#define LEFT			64
#define TOP			48
#define WIDTH			(LEFT + COLUMNS_OF_CELLS * PITCH + 16)
#define MAX_CELLS		60000	/* of all frames: less than a megabyte */
#define MAX_LINES		96
#define STEP			0.6	/* seconds a frame is shown */

/* By size of block: the same hues as in xnheap-top */
static const char *const colour[SIZE_COLOURS] = {
	"#5f5fd7", "#0087ff", "#5fd7ff", "#00875f", "#5fd75f", "#afd700", "#ffd700",
	"#ff8700", "#af5f00", "#ff5f87", "#af005f", "#875fff", "#5f5f87"
};

/* The looks: a to z by size of block, page blocks, free pages */
static const char looks[] = "abcdefghijklmnopqrstuvwxyzPF";

struct layout {
	size_t cell;			/* pages of a cell */
	size_t extents;
	struct {
		size_t pages;		/* of this extent, at most */
		size_t line;		/* where it begins */
		unsigned int nr;
	} *extent;
	size_t lines;
};

struct cell {
	char look;
	char fill;			/* 0 to 9 */
	bool begins;			/* a block, in a cell of one page */
};

/* Extents come and go at the end of the list: each place has its rows. */
static void measure(struct layout *layout, const struct series *series)
{
	size_t all;

	*layout = (struct layout){ .cell = 1 };
	for (size_t f = 0; f < series->frames; f++) {
		const struct map *map = &series->frame[f].map;

		for (size_t i = 0; i < map->extents; i++) {
			if (i == layout->extents) {
				layout->extent = resize(layout->extent, ++layout->extents,
							sizeof(*layout->extent));
				layout->extent[i].pages = 0;
			}
			layout->extent[i].nr = map->extent[i].nr;
			if (map->extent[i].pages > layout->extent[i].pages)
				layout->extent[i].pages = map->extent[i].pages;
		}
	}
	do {
		all = 0;
		layout->lines = 0;
		for (size_t i = 0; i < layout->extents; i++) {
			size_t cells = (layout->extent[i].pages + layout->cell - 1) /
				       layout->cell;

			all += cells * series->frames;
			layout->extent[i].line = layout->lines;
			/* and an empty one */
			layout->lines += (cells + COLUMNS_OF_CELLS - 1) / COLUMNS_OF_CELLS + 1;
		}
		layout->cell *= 2;
	} while (all > MAX_CELLS || layout->lines > MAX_LINES + 2 * layout->extents);
	layout->cell /= 2;
}

static char look_of(char page)
{
	if (page >= 'A' && page <= 'Z')
		page += 'a' - 'A';
	if (page >= 'a' && page <= 'z')
		return page;
	return page == '.' ? 'F' : 'P';
}

/* What most of the pages are, and how full they are on average. */
static struct cell cell_of(const char *page, const char *fill, size_t nr)
{
	unsigned int count[sizeof(looks)] = {}, tenths = 0, filled = 0;
	struct cell cell = { .begins = nr == 1 && *page == '[' };
	size_t most = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t at = strchr(looks, look_of(page[i])) - looks;

		if (++count[at] > count[most])
			most = at;
		if (fill[i] >= '0' && fill[i] <= '9') {
			tenths += fill[i] - '0';
			filled++;
		}
	}
	cell.look = looks[most];
	cell.fill = filled && cell.look != 'F' ? tenths / filled : 9;
	return cell;
}

static void put_text(FILE *svg, const char *text)
{
	for (; *text; text++) {
		if (isalnum((unsigned char)*text) || strchr(" -_.,:#/()", *text))
			putc(*text, svg);
		else
			fprintf(svg, "&#%u;", (unsigned char)*text);
	}
}

/* All cells of one look, as dashes. */
static void put_path(FILE *svg, const struct layout *layout, const struct cell *cells,
		     char look, char fill)
{
	bool open = false;
	size_t nr = 0;

	for (size_t i = 0; i < layout->lines * COLUMNS_OF_CELLS; i++) {
		if (cells[i].look == look && cells[i].fill == fill) {
			if (!open)
				fprintf(svg, "<path class=\"%c f%d\" d=\"", look, fill);
			open = true;
			if (!nr++)
				fprintf(svg, "M%zu %zu", i % COLUMNS_OF_CELLS * PITCH,
					i / COLUMNS_OF_CELLS * PITCH + PITCH / 2);
		}
		/* A dash begins anew with the next line, and with each block. */
		if (nr && (i + 1) % COLUMNS_OF_CELLS && cells[i + 1].look == look &&
		    cells[i + 1].fill == fill && !cells[i + 1].begins)
			continue;
		if (nr)
			fprintf(svg, "h%zu", nr * PITCH - 1);
		nr = 0;
	}
	if (open)
		fputs("\"/>\n", svg);
}

static void put_frame(FILE *svg, const struct layout *layout, const struct frame *frame)
{
	struct cell *cells = resize(NULL, layout->lines * COLUMNS_OF_CELLS, sizeof(*cells));

	memset(cells, 0, layout->lines * COLUMNS_OF_CELLS * sizeof(*cells));
	for (size_t i = 0; i < frame->map.extents; i++) {
		const struct map_extent *extent = &frame->map.extent[i];
		struct cell *cell = cells + layout->extent[i].line * COLUMNS_OF_CELLS;

		for (size_t done = 0; done < extent->pages; done += layout->cell) {
			size_t from = extent->first + done, nr = extent->pages - done;

			*cell++ = cell_of(frame->map.page + from, frame->fill.page + from,
					  nr < layout->cell ? nr : layout->cell);
		}
	}
	for (const char *look = looks; *look; look++)
		for (int fill = 0; fill < 10; fill++)
			put_path(svg, layout, cells, *look, fill);
	free(cells);
}

static void put_style(FILE *svg, const struct layout *layout, const struct series *series)
{
	double time = series->frames * STEP;

	fprintf(svg, "<style>\n"
		"text{font:13px sans-serif;fill:#333}.label{font-size:10px;fill:#777}\n"
		"path{fill:none;stroke-width:%d;stroke-dasharray:%d 1}\n"
		".F{stroke:#eceff1}.P{stroke:#87afd7%s}\n", PITCH - 1, PITCH - 1,
		layout->cell == 1 ? ";stroke-dasharray:none" : "");
	for (int i = 0; i < 26; i++)
		fprintf(svg, ".%c{stroke:%s}", 'a' + i, colour[i % SIZE_COLOURS]);
	for (int i = 0; i < 10; i++)
		fprintf(svg, ".f%d{stroke-opacity:%.2f}", i, 0.28 + 0.08 * i);
	if (series->frames > 1)
		fprintf(svg, "\n.frame{visibility:hidden;animation:frame %.1fs step-end infinite}\n"
			"@keyframes frame{0%%{visibility:visible}%.3f%%{visibility:hidden}}\n",
			time, 100.0 / series->frames);
	fputs("</style>\n", svg);
}

static void put_swatch(FILE *svg, int x, int y, char look, const char *text)
{
	fprintf(svg, "<path class=\"%c f9\" d=\"M%d %dh%d\"/>", look, x, y - 4, PITCH - 1);
	fprintf(svg, "<text x=\"%d\" y=\"%d\">%s</text>\n", x + 12, y, text);
}

/* The sizes that there are, what else there is, and what the shades mean. */
static void put_legend(FILE *svg, const struct series *series, int y)
{
	bool seen[128] = {};
	char size[16];
	int x = LEFT;

	for (size_t f = 0; f < series->frames; f++)
		for (size_t i = 0; i < series->frame[f].map.pages; i++)
			seen[(int)look_of(series->frame[f].map.page[i])] = true;
	fprintf(svg, "<text class=\"label\" x=\"8\" y=\"%d\">blocks of</text>\n", y);
	for (int c = 'a'; c <= 'z'; c++) {
		if (!seen[c])
			continue;
		snprintf(size, sizeof(size), "%d", 8 << (c - 'a'));
		put_swatch(svg, x, y, c, size);
		x += 58;
	}
	put_swatch(svg, x, y, 'P', "whole pages");
	put_swatch(svg, x += 110, y, 'F', "free");
	x += 60;
	for (int i = 0; i < 10; i += 3, x += PITCH)
		fprintf(svg, "<path class=\"b f%d\" d=\"M%d %dh%d\"/>", i, x, y - 4, PITCH - 1);
	fprintf(svg, "<text x=\"%d\" y=\"%d\">the fuller</text>\n", x + 4, y);
}

static void put_title(FILE *svg, const struct layout *layout, const struct series *series)
{
	const struct map *last = &series->frame[series->frames - 1].map;

	fprintf(svg, "<text x=\"%d\" y=\"20\"><tspan font-weight=\"bold\">", LEFT);
	put_text(svg, series->label);
	fprintf(svg, "</tspan>: %zu pages", last->pages);
	if (series->page_size)
		fprintf(svg, " of %lu bytes", series->page_size);
	fprintf(svg, " in %zu extent%s", last->extents, last->extents == 1 ? "" : "s");
	if (layout->cell > 1)
		fprintf(svg, ", %zu a cell", layout->cell);
	fputs("</text>\n", svg);
	for (size_t i = 0; i < layout->extents; i++)
		fprintf(svg, "<text class=\"label\" x=\"8\" y=\"%zu\">extent %u</text>\n",
			TOP + layout->extent[i].line * PITCH + 8,
			layout->extent[i].nr);
}

/* Who cannot animate shows the moment with the most pages taken. */
static size_t find_fullest(const struct series *series)
{
	size_t fullest = 0, most = 0;

	for (size_t f = 0; f < series->frames; f++) {
		const struct map *map = &series->frame[f].map;
		size_t taken = 0;

		for (size_t i = 0; i < map->pages; i++)
			taken += map->page[i] != '.';
		if (taken > most) {
			most = taken;
			fullest = f;
		}
	}
	return fullest;
}

void svg_write(FILE *svg, const struct series *series)
{
	size_t height, still = find_fullest(series);
	struct layout layout;

	measure(&layout, series);
	height = TOP + layout.lines * PITCH + 32;
	fprintf(svg, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %zu\">\n",
		WIDTH, height);
	put_style(svg, &layout, series);
	fprintf(svg, "<rect width=\"%d\" height=\"%zu\" fill=\"#fff\"/>\n", WIDTH, height);
	put_title(svg, &layout, series);
	for (size_t i = 0; i < series->frames; i++) {
		const struct frame *frame = &series->frame[i];

		fprintf(svg, "<g transform=\"translate(%d %d)\"", LEFT, TOP);
		if (series->frames > 1)
			fprintf(svg, " class=\"frame\" style=\"animation-delay:%.1fs%s\"",
				-STEP * (series->frames - i),
				i == still ? ";visibility:visible" : "");
		fputs(">\n", svg);
		put_frame(svg, &layout, frame);
		if (series->frames > 1)
			fprintf(svg, "<text x=\"%d\" y=\"-28\" text-anchor=\"end\">%.1f s</text>\n",
				COLUMNS_OF_CELLS * PITCH,
				frame->time - series->frame[0].time);
		fputs("</g>\n", svg);
	}
	put_legend(svg, series, height - 14);
	fputs("</svg>\n", svg);
	free(layout.extent);
}
