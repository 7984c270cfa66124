/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xnheap-top: see inside the heaps of xnheap, live.
 *
 * What is read at one moment is a snapshot: the text of files, unparsed.  It
 * comes from debugfs or from a record, may go to a record, and is all that the
 * screens, --once and --json know.  So a replay shows what was seen live.
 */
#ifndef XNHEAP_TOP_H
#define XNHEAP_TOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define __printf(fmt, args)	__attribute((format(printf, fmt, args)))

/* error.c: functions that can fail return fail(), their caller tells people */
extern char error_text[512];
int fail(const char *fmt, ...) __printf(1, 2);
void *resize(void *memory, size_t nr, size_t size);
char *copy(const char *text);

/* snapshot.c */
struct snapshot {
	double time;		/* seconds since 1970 */
	size_t nr;
	struct text {
		char *path;	/* below the root; names escaped as in `heaps` */
		char *body;
	} *text;
};

void snapshot_clear(struct snapshot *snapshot);
void snapshot_add(struct snapshot *snapshot, const char *path, char *body);
const char *snapshot_get(const struct snapshot *snapshot, const char *heap,
			 const char *file);

/* debugfs.c: `heap` is whose files to read beside the list; "" all, NULL none */
int debugfs_read(struct snapshot *snapshot, const char *root, const char *heap);
void debugfs_read_heap(struct snapshot *snapshot, const char *root, const char *name);
int debugfs_write(const char *root, const char *heap, const char *file,
		  const char *value);

/* record.c: reading returns 1, or 0 at the end, or fails */
FILE *record_create(const char *path);
FILE *record_open(const char *path);
int record_write(FILE *record, const struct snapshot *snapshot);
int record_read(FILE *record, struct snapshot *snapshot);

/* table.c: a table of debugfs; rows may be short, the last cell has blanks */
#define MAX_COLUMNS	24

struct table {
	char *text;
	const char *column[MAX_COLUMNS];
	size_t columns;
	const char *(*row)[MAX_COLUMNS];
	size_t rows;
	bool off;		/* what it counts is not being counted */
	const char *note;	/* what else its header says, or empty */
};

int table_parse(struct table *table, const char *name, const char *text);
void table_free(struct table *table);
int table_column(const struct table *table, const char *name);
void table_sort(struct table *table, const char *column);
int format_check(const char *name, const char *text);
void unescape(char *name);
void clean(char *text);

/* map.c: a character for each page, extent by extent */
struct map {
	char *page;
	size_t pages;
	size_t extents;
	struct map_extent {
		unsigned int nr;
		size_t first, pages;
	} *extent;
};

int map_parse(struct map *map, const char *name, const char *text);
void map_free(struct map *map);

/* heaps.c: the list, with what was seen of each heap before */
#define HISTORY		60

enum column_id {
	COL_NAME, COL_USE, COL_USED, COL_USABLE, COL_LARGEST, COL_ALLOC_RATE,
	COL_FREE_RATE, COL_FAILED, COL_REFUSED, COL_PEAK, COL_GIVEN,
	COL_EXTENTS, COL_PAGE_SIZE, COL_CLASSES, COL_ALLOCS, COL_FREES, COLUMNS
};

struct column {
	const char *key;	/* to sort by, and in JSON */
	const char *title;
	enum { TEXT, COUNT, BYTES, PERCENT, RATE } kind;
};

extern const struct column columns[COLUMNS];

struct heap {
	char *name;		/* as in `heaps` */
	char *label;		/* for people */
	char *classes;
	double value[COLUMNS];	/* a rate that is not known is negative */
	unsigned char history[HISTORY];	/* use in percent, newest last */
	int remembered;
	enum { EASY, TIGHT, CRITICAL } pressure;
};

struct heaps {
	struct heap *heap;
	size_t nr;
	double time;
};

const struct heap *heaps_find(const struct heaps *heaps, const char *name);
int heaps_update(struct heaps *heaps, const struct snapshot *snapshot);
void heaps_sort(struct heaps *heaps, enum column_id column, bool reverse);
int column_find(const char *key);
void column_format(char *buf, size_t size, const struct heap *heap,
		   enum column_id column);

/* print.c, json.c */
void print_table(const struct heaps *heaps);
int print_json(const struct snapshot *snapshot, const struct heaps *heaps);

/* json_value.c; a value is a number if it reads as one */
void json_print_bytes(const char *text, size_t len);
void json_print_string(const char *text);
void json_print_value(const char *text);

/* session.c: what is being looked at, and how */
struct session {
	const char *root;
	FILE *replay, *record;
	double delay;		/* negative: as recorded */
	enum column_id column;
	bool reverse;
	struct snapshot snapshot;
	struct heaps heaps;
	double gap;		/* between the last two snapshots */
};

int session_next(struct session *session, const char *heap);

/* screen.c: what screens share */
struct screen {
	struct session *session;
	int width, height;	/* of what shows of the canvas */
	int scroll;
	bool utf8, colours;
	bool paused, ended;
	char selected[256];	/* the heap's name, escaped */
	bool open;		/* that heap's screen, not the list */
};

#define SIZE_COLOURS	13	/* then they begin anew */

enum pair { PAIR_EASY = 1, PAIR_TIGHT, PAIR_CRITICAL, PAIR_FREE, PAIR_PAGES, PAIR_SIZES };

int screen_run(struct session *session);
void put(int y, int x, const char *fmt, ...) __printf(3, 4);
void paint(enum pair pair, int attributes);
const char *level(const struct screen *screen, int eighths);
void put_history(const struct screen *screen, int y, int x, const struct heap *heap,
		 int width);

/* level.c: of a heap that grows by itself */
int level_draw(const struct screen *screen, int y);

/* list_screen.c, heap_screen.c: draw() returns the lines there are to scroll */
int list_draw(struct screen *screen);
void list_key(struct screen *screen, int key);
int heap_draw(struct screen *screen);
void heap_key(struct screen *screen, int key);

#endif /* XNHEAP_TOP_H */
