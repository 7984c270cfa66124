// SPDX-License-Identifier: GPL-2.0
/* The terminal, and what every screen has: a title, a body, a last line. */

#include <curses.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

/* The body is drawn here, however small the terminal is. */
#define CANVAS_LINES	512
#define CANVAS_COLUMNS	512

static WINDOW *canvas;

/* Not by ncurses: its printw() fails for text longer than a tiny terminal. */
void put(int y, int x, const char *fmt, ...)
{
	char text[2 * CANVAS_COLUMNS];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	mvwaddnstr(canvas, y, x, text, -1);
}

void paint(enum pair pair, int attributes)
{
	wattrset(canvas, COLOR_PAIR(pair) | attributes);
}

/* A bar of so many eighths of a character's height. */
const char *level(const struct screen *screen, int eighths)
{
	static const char utf8[][4] = {
		" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"
	};
	static const char ascii[][2] = { " ", ".", ":", "-", "=", "+", "*", "#", "@" };

	return screen->utf8 ? utf8[eighths] : ascii[eighths];
}

/* Use over time, the newest at the right. */
void put_history(const struct screen *screen, int y, int x, const struct heap *heap,
		 int width)
{
	if (width > heap->remembered)
		width = heap->remembered;
	for (int i = HISTORY - width; i < HISTORY; i++)
		put(y, x++, "%s", level(screen, (heap->history[i] * 8 + 99) / 100));
}

/* The same hues as xnheap-map has, as far as the terminal goes. */
static void init_colours(struct screen *screen)
{
	static const short size[SIZE_COLOURS] = {
		62, 33, 81, 29, 77, 148, 220, 208, 130, 204, 125, 99, 60
	};
	static const short pressure[] = { COLOR_GREEN, COLOR_YELLOW, COLOR_RED };
	short plain[] = { COLOR_BLUE, COLOR_CYAN, COLOR_GREEN, COLOR_YELLOW, COLOR_RED };

	if (getenv("NO_COLOR") || !has_colors())
		return;
	start_color();
	use_default_colors();
	for (int i = 0; i < 3; i++)
		init_pair(PAIR_EASY + i, pressure[i], -1);
	init_pair(PAIR_FREE, COLORS >= 256 ? 244 : COLOR_WHITE, -1);
	init_pair(PAIR_PAGES, COLORS >= 256 ? 110 : COLOR_MAGENTA, -1);
	for (int i = 0; i < SIZE_COLOURS; i++)
		init_pair(PAIR_SIZES + i, COLORS >= 256 ? size[i] : plain[i % 5], -1);
	screen->colours = true;
}

static void draw_title(const struct screen *screen)
{
	const struct session *session = screen->session;
	time_t seconds = session->snapshot.time;
	double used = 0, usable = 0;
	char date[32], title[256];

	for (size_t i = 0; i < session->heaps.nr; i++) {
		used += session->heaps.heap[i].value[COL_USED];
		usable += session->heaps.heap[i].value[COL_USABLE];
	}
	strftime(date, sizeof(date), "%F %T", localtime(&seconds));
	attrset(A_BOLD);
	snprintf(title, sizeof(title), "xnheap-top  %s  heaps: %zu  %.0f of %.0f KiB used%s%s",
		 date, session->heaps.nr, used / 1024, usable / 1024,
		 screen->paused ? "  [paused]" : "",
		 screen->ended ? "  [end of the record]" :
		 session->replay ? "  [replay]" : "");
	mvaddnstr(0, 0, title, screen->width);
	attrset(A_NORMAL);
}

static void draw(struct screen *screen)
{
	int lines;

	getmaxyx(stdscr, screen->height, screen->width);
	if (screen->width > CANVAS_COLUMNS)
		screen->width = CANVAS_COLUMNS;
	screen->height -= 2;
	if (screen->height > CANVAS_LINES)
		screen->height = CANVAS_LINES;
	erase();
	werase(canvas);
	if (screen->height < 1) {
		mvaddnstr(0, 0, "too small", COLS);
		refresh();
		return;
	}
	lines = screen->open ? heap_draw(screen) : list_draw(screen);
	if (screen->scroll > lines - screen->height)
		screen->scroll = lines - screen->height;
	if (screen->scroll < 0)
		screen->scroll = 0;

	draw_title(screen);
	attrset(error_text[0] ? A_REVERSE : A_DIM);
	if (error_text[0])
		mvaddnstr(LINES - 1, 0, error_text, COLS - 1);
	else
		mvaddnstr(LINES - 1, 0, screen->open ?
			  "q list  arrows scroll  l latency on/off  space pause" :
			  "q quit  up/down choose  Enter open  left/right sort  r reverse  space pause",
			  COLS - 1);
	attrset(A_NORMAL);
	wnoutrefresh(stdscr);
	pnoutrefresh(canvas, screen->scroll, 0, 1, 0, screen->height, screen->width - 1);
	doupdate();
}

static void look(struct screen *screen)
{
	int ret = session_next(screen->session, screen->open ? screen->selected : NULL);

	if (ret >= 0)
		error_text[0] = '\0';
	screen->ended = !ret;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* A replay goes as fast as the recording did, but nobody waits for minutes. */
static double delay(const struct session *session)
{
	if (session->delay >= 0)
		return session->delay;
	return session->gap > 0 && session->gap < 5 ? session->gap : 1;
}

static void scroll_by(struct screen *screen, int key)
{
	int page = screen->height - 1;

	screen->scroll += key == KEY_UP ? -1 : key == KEY_DOWN ? 1 :
			  key == KEY_PPAGE ? -page : key == KEY_NPAGE ? page :
			  key == KEY_END ? CANVAS_LINES : 0;
	if (key == KEY_HOME)
		screen->scroll = 0;
}

/* Returns whether to go on. */
static bool handle(struct screen *screen, int key)
{
	bool back = key == 'q' || key == 27 || key == KEY_BACKSPACE;

	if (key == ' ') {
		screen->paused = !screen->paused;
	} else if (back && screen->open) {
		screen->open = false;
		screen->scroll = 0;
	} else if (back) {
		return key != 'q';
	} else if (screen->open) {
		scroll_by(screen, key);
		heap_key(screen, key);
	} else {
		list_key(screen, key);
		if (screen->open) {
			screen->scroll = 0;
			if (!screen->session->replay)
				look(screen);
		}
	}
	return true;
}

int screen_run(struct session *session)
{
	struct screen screen = { .session = session };
	bool go_on = true;
	double next;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return fail("this is not a terminal; --once and --json need none");
	/* What is wrong from the start is said without a screen. */
	switch (session_next(session, NULL)) {
	case 0:
		return fail("the record holds no snapshot");
	case -1:
		return -1;
	}
	if (!newterm(NULL, stdout, stdin))
		return fail("the terminal '%s' is not known; set TERM, or use --once",
			    getenv("TERM") ? getenv("TERM") : "");
	screen.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	cbreak();
	noecho();
	curs_set(0);
	set_escdelay(50);
	keypad(stdscr, TRUE);
	init_colours(&screen);
	canvas = newpad(CANVAS_LINES, CANVAS_COLUMNS);

	next = now() + delay(session);
	while (go_on) {
		double left = next - now();
		int key;

		if (left <= 0 && !screen.paused && !screen.ended) {
			look(&screen);
			next = now() + delay(session);
			continue;
		}
		draw(&screen);
		timeout(screen.paused || screen.ended ? -1 : left * 1000 + 1);
		key = getch();
		if (key != ERR && key != KEY_RESIZE)
			go_on = handle(&screen, key);
	}
	endwin();
	return 0;
}
