// SPDX-License-Identifier: GPL-2.0
/* A snapshot as JSON: every table as a list of objects. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

static void print_key(bool *first, const char *key)
{
	fputs(*first ? "" : ", ", stdout);
	*first = false;
	json_print_string(key);
	fputs(": ", stdout);
}

/* A command's name is text, though it may read as a number. */
static void print_cell(const char *column, const char *cell)
{
	char *name;

	if (strcmp(column, "name")) {
		json_print_value(cell);
		return;
	}
	name = copy(cell);
	unescape(name);
	json_print_string(name);
	free(name);
}

static int print_rows(const char *name, const char *text)
{
	struct table table;

	if (table_parse(&table, name, text))
		return -1;
	printf("{\"on\": %s, \"note\": ", table.off ? "false" : "true");
	json_print_string(table.note);
	fputs(", \"rows\": [", stdout);
	for (size_t r = 0; r < table.rows; r++) {
		bool first = true;

		fputs(r ? ", {" : "{", stdout);
		for (size_t c = 0; c < table.columns && table.row[r][c][0]; c++) {
			print_key(&first, table.column[c]);
			print_cell(table.column[c], table.row[r][c]);
		}
		putchar('}');
	}
	fputs("]}", stdout);
	table_free(&table);
	return 0;
}

static int print_map(const char *name, const char *text)
{
	struct map map;

	if (map_parse(&map, name, text))
		return -1;
	putchar('[');
	for (size_t i = 0; i < map.extents; i++) {
		printf("%s{\"nr\": %u, \"pages\": ", i ? ", " : "", map.extent[i].nr);
		json_print_bytes(map.page + map.extent[i].first, map.extent[i].pages);
		putchar('}');
	}
	putchar(']');
	map_free(&map);
	return 0;
}

/* Lines of a name and a value, up to the first empty one. */
static void print_pairs(const char *text)
{
	char *whole = copy(text), *rest = whole, *line;
	bool first = true;

	putchar('{');
	while ((line = strsep(&rest, "\n")) && *line) {
		char *value = line + strcspn(line, " ");

		if (*value)
			*value++ = '\0';
		print_key(&first, line);
		json_print_value(value + strspn(value, " "));
	}
	putchar('}');
	free(whole);
}

static int print_file(const char *name, const char *text)
{
	char word[64];

	if (!strcmp(name, "map") || !strcmp(name, "fill"))
		return print_map(name, text);
	if (text[0] == '#')
		return print_rows(name, text);
	if (strspn(text, "0123456789\n") == strlen(text) &&
	    sscanf(text, "%63s", word) == 1)
		json_print_value(word);
	else
		print_pairs(text);
	return 0;
}

static void print_fields(const struct heap *heap)
{
	bool first = true;

	for (int i = 0; i < COLUMNS; i++) {
		double value = heap->value[i];

		print_key(&first, columns[i].key);
		if (columns[i].kind == TEXT)
			json_print_string(i == COL_NAME ? heap->label : heap->classes);
		else if (value < 0)
			fputs("null", stdout);
		else
			printf("%.*f", value == floor(value) ? 0 : 3, value);
	}
}

static int print_files(const struct snapshot *snapshot, const struct heap *heap)
{
	size_t len = strlen(heap->name);
	bool first = true;
	int ret = 0;

	for (size_t i = 0; i < snapshot->nr; i++) {
		const struct text *text = &snapshot->text[i];

		if (strncmp(text->path, heap->name, len) || text->path[len] != '/')
			continue;
		print_key(&first, text->path + len + 1);
		if (print_file(text->path + len + 1, text->body)) {
			fputs("null", stdout);
			ret = -1;
		}
	}
	return ret;
}

/* What cannot be understood is null, and makes the call fail in the end. */
int print_json(const struct snapshot *snapshot, const struct heaps *heaps)
{
	int ret = 0;

	printf("{\"format\": 1, \"time\": %.3f, \"heaps\": [", snapshot->time);
	for (size_t i = 0; i < heaps->nr; i++) {
		fputs(i ? ",\n {" : "\n {", stdout);
		print_fields(&heaps->heap[i]);
		fputs(",\n  \"files\": {", stdout);
		if (print_files(snapshot, &heaps->heap[i]))
			ret = -1;
		fputs("}}", stdout);
	}
	fputs("]}\n", stdout);
	return ret;
}
