// SPDX-License-Identifier: GPL-2.0
/* How much of a heap that grows by itself was free, over time, with its marks. */

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

#define ROWS	6

enum { FREE, LOW, HIGH, FIGURES = 8 };

static const struct {
	const char *key;	/* in the file stats */
	const char *title;
} figures[FIGURES] = {
	{ "level_free", "free" },
	{ "level_low", "low" },
	{ "level_high", "high" },
	{ "level_max", "max" },
	{ "level_lowest", "lowest" },
	{ "longest_wait_ns", "longest wait, ns" },
	{ "extents_grown", "grown" },
	{ "extents_given_back", "given back" },
};

static struct {
	char name[256];		/* the heap */
	double time;
	double free[HISTORY];	/* the newest last */
	int nr;
} seen;

/* Whether a heap has all of them: others have none. */
static bool parse(double value[FIGURES], const char *text)
{
	for (int i = 0; i < FIGURES; i++) {
		size_t len = strlen(figures[i].key);
		const char *line = text;

		while (line && (strncmp(line, figures[i].key, len) || line[len] != ' '))
			line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL;
		if (!line)
			return false;
		value[i] = strtod(line + len, NULL);
	}
	return true;
}

static void remember(const struct screen *screen, double free)
{
	double time = screen->session->snapshot.time;

	if (strcmp(seen.name, screen->selected)) {
		snprintf(seen.name, sizeof(seen.name), "%s", screen->selected);
		seen.nr = 0;
	} else if (seen.time == time) {
		return;
	}
	seen.time = time;
	memmove(seen.free, seen.free + 1, sizeof(seen.free) - sizeof(seen.free[0]));
	seen.free[HISTORY - 1] = free;
	seen.nr += seen.nr < HISTORY;
}

/* Returns the line after. */
static int put_figures(const struct screen *screen, int y, const double value[FIGURES])
{
	char cell[64];
	int x = 7;

	paint(0, A_BOLD);
	put(y, 0, "level");
	paint(0, 0);
	for (int i = 0; i < FIGURES; i++) {
		int width = snprintf(cell, sizeof(cell), "%s %.0f", figures[i].title, value[i]);

		if (x > 7 && x + width > screen->width) {
			x = 7;
			y++;
		}
		put(y, x, "%s", cell);
		x += width + 2;
	}
	return y + 1;
}

/* The row, from the top, in which a mark of @value lies; -1: there is none. */
static int row_of(double value, double top)
{
	int row = ROWS - 1 - (int)(value * ROWS / top);

	return value <= 0 ? -1 : row < 0 ? 0 : row;
}

static void put_row(const struct screen *screen, int y, int row, const double value[FIGURES],
		    double top)
{
	bool low = row == row_of(value[LOW], top), high = row == row_of(value[HIGH], top);
	double bottom = top * (ROWS - 1 - row) / ROWS;

	for (int i = HISTORY - seen.nr; i < HISTORY; i++) {
		double eighths = (seen.free[i] - bottom) * ROWS * 8 / top;
		int n = eighths < 0 ? 0 : eighths > 8 ? 8 : (int)(eighths + 0.999);

		paint(seen.free[i] < value[LOW] ? PAIR_CRITICAL : PAIR_EASY, 0);
		if (!n && (low || high))
			put(y, i - HISTORY + seen.nr, "-");
		else
			put(y, i - HISTORY + seen.nr, "%s", level(screen, n));
	}
	paint(0, A_DIM);
	put(y, seen.nr + 1, "%s%s%s", high ? "high" : "", high && low ? ", " : "",
	    low ? "low" : "");
}

/* Returns the lines that it takes. */
int level_draw(const struct screen *screen, int y)
{
	const char *text = snapshot_get(&screen->session->snapshot, screen->selected, "stats");
	double value[FIGURES], top;
	int end;

	if (!text || !parse(value, text))
		return 0;
	remember(screen, value[FREE]);
	top = value[HIGH] > value[LOW] ? value[HIGH] : value[LOW];
	for (int i = HISTORY - seen.nr; i < HISTORY; i++)
		if (seen.free[i] > top)
			top = seen.free[i];
	end = put_figures(screen, y, value);
	for (int row = 0; top > 0 && row < ROWS; row++)
		put_row(screen, end + row, row, value, top);
	return end + ROWS + 1 - y;
}
