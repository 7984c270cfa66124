// SPDX-License-Identifier: GPL-2.0
/* All heaps, one a line. */

#include <curses.h>

#include "top.h"

/* Name and use stay in sight, with the sparkline if it fits; others may not. */
#define NAME_WIDTH	16
#define WIDTH		8
#define HISTORY_WIDTH	20

static bool has_history(const struct screen *screen)
{
	return screen->width >= NAME_WIDTH + 2 * WIDTH + HISTORY_WIDTH;
}

static int left_of_others(const struct screen *screen)
{
	return NAME_WIDTH + WIDTH + (has_history(screen) ? 1 + HISTORY_WIDTH : 0);
}

/* The first of the others, so that the one sorted by is in sight. */
static int first_column(const struct screen *screen)
{
	int fit = (screen->width - left_of_others(screen)) / WIDTH;
	int first = (int)screen->session->column - (fit > 0 ? fit : 1) + 1;

	return first > COL_USE + 1 ? first : COL_USE + 1;
}

static void put_heading(const struct screen *screen, int x, int width, enum column_id column)
{
	paint(0, A_BOLD | (screen->session->column == column ? A_REVERSE : 0));
	put(0, x, "%*s", width, columns[column].title);
}

static void put_headings(const struct screen *screen)
{
	int x = left_of_others(screen);

	put_heading(screen, 0, -NAME_WIDTH, COL_NAME);
	put_heading(screen, NAME_WIDTH, WIDTH, COL_USE);
	paint(0, A_BOLD);
	if (has_history(screen))
		put(0, NAME_WIDTH + WIDTH + 1, "USE OVER TIME");
	for (int c = first_column(screen); c < COLUMNS; c++, x += WIDTH)
		put_heading(screen, x, WIDTH, c);
}

static void put_heap(const struct screen *screen, int y, const struct heap *heap)
{
	int x = left_of_others(screen);
	char cell[256];

	put(y, 0, "%*s", screen->width, "");
	column_format(cell, sizeof(cell), heap, COL_NAME);
	put(y, 0, "%-*.*s", NAME_WIDTH, NAME_WIDTH, cell);
	column_format(cell, sizeof(cell), heap, COL_USE);
	put(y, NAME_WIDTH, "%*s", WIDTH, cell);
	if (has_history(screen))
		put_history(screen, y, NAME_WIDTH + WIDTH + 1, heap, HISTORY_WIDTH);
	for (int c = first_column(screen); c < COLUMNS; c++, x += WIDTH) {
		column_format(cell, sizeof(cell), heap, c);
		put(y, x, "%*s", WIDTH, cell);
	}
}

static int selected(const struct screen *screen)
{
	const struct heaps *heaps = &screen->session->heaps;
	const struct heap *heap = heaps_find(heaps, screen->selected);

	return heap ? heap - heaps->heap : 0;
}

static void put_selected(struct screen *screen, int i)
{
	const struct heaps *heaps = &screen->session->heaps;

	if (i >= (int)heaps->nr)
		i = heaps->nr - 1;
	if (i < 0)
		i = 0;
	screen->selected[0] = '\0';
	if (heaps->nr)
		snprintf(screen->selected, sizeof(screen->selected), "%s",
			 heaps->heap[i].name);
}

int list_draw(struct screen *screen)
{
	const struct heaps *heaps = &screen->session->heaps;
	int chosen = selected(screen), rows = screen->height - 1;
	int first = chosen < rows ? 0 : chosen - rows + 1;

	put_headings(screen);
	for (int i = first; i < (int)heaps->nr && i - first < rows; i++) {
		const struct heap *heap = &heaps->heap[i];

		paint(PAIR_EASY + heap->pressure,
		      (i == chosen ? A_REVERSE : 0) |
		      (heap->pressure == CRITICAL ? A_BOLD : 0));
		put_heap(screen, i - first + 1, heap);
	}
	paint(0, 0);
	if (!heaps->nr)
		put(2, 0, "There are no heaps.");
	return screen->height;
}

static void sort_by(struct session *session, int column)
{
	session->column = (column + COLUMNS) % COLUMNS;
	heaps_sort(&session->heaps, session->column, session->reverse);
}

void list_key(struct screen *screen, int key)
{
	struct session *session = screen->session;
	int i = selected(screen);

	put_selected(screen, i);
	switch (key) {
	case KEY_UP:
		return put_selected(screen, i - 1);
	case KEY_DOWN:
		return put_selected(screen, i + 1);
	case KEY_PPAGE:
		return put_selected(screen, i - screen->height + 1);
	case KEY_NPAGE:
		return put_selected(screen, i + screen->height - 1);
	case KEY_HOME:
		return put_selected(screen, 0);
	case KEY_END:
		return put_selected(screen, session->heaps.nr);
	case KEY_LEFT:
		return sort_by(session, session->column - 1);
	case KEY_RIGHT:
		return sort_by(session, session->column + 1);
	case 'r':
		session->reverse = !session->reverse;
		return sort_by(session, session->column);
	case '\n':
	case KEY_ENTER:
		screen->open = screen->selected[0];
		return;
	}
}
