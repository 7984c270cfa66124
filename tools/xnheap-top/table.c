// SPDX-License-Identifier: GPL-2.0
/* The tables of debugfs, and what they have in common. */

#include <stdlib.h>
#include <string.h>

#include "top.h"

#define VERSION	1

/* Undo what seq_escape() does: \ooo becomes the character. */
void unescape(char *name)
{
	char *to = name;

	while (*name) {
		if (name[0] == '\\' && strspn(name + 1, "01234567") >= 3) {
			*to++ = (name[1] & 7) << 6 | (name[2] & 7) << 3 | (name[3] & 7);
			name += 4;
		} else {
			*to++ = *name++;
		}
	}
	*to = '\0';
}

/* A terminal may take anything else for a command. */
void clean(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* The first line is "# xnheap NAME VERSION" and perhaps more. */
int format_check(const char *name, const char *text)
{
	char found[32];
	int version;

	if (sscanf(text, "# xnheap %31s %d", found, &version) != 2 ||
	    strcmp(found, name))
		return fail("%s: the first line is not '# xnheap %s %d'", name, name,
			    VERSION);
	if (version != VERSION)
		return fail("%s: has format version %d; this program knows version %d",
			    name, version, VERSION);
	return 0;
}

/* Cut a line into words; the last of `max` takes the rest. */
static size_t split(char *line, const char *word[], size_t max)
{
	size_t nr = 0;

	while (*(line += strspn(line, " \t")) && nr < max) {
		word[nr++] = line;
		if (nr == max)
			break;
		line += strcspn(line, " \t");
		if (*line)
			*line++ = '\0';
	}
	return nr;
}

/* Names of columns, then what is said of the table.  All are read in slices. */
static void parse_header(struct table *table, char *line)
{
	line += strspn(line, "# ");
	if (!strcmp(line, "off"))
		table->off = true;
	else if (!table->columns)
		table->columns = split(line, table->column, MAX_COLUMNS);
	else if (strcmp(line, "on") && strncmp(line, "read in slices", 14))
		table->note = line;
}

int table_parse(struct table *table, const char *name, const char *text)
{
	char *line, *rest;

	*table = (struct table){ .note = "" };
	if (format_check(name, text))
		return -1;
	table->text = copy(text);
	rest = table->text;
	strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n"))) {
		const char **row;
		size_t nr;

		if (line[0] == '#') {
			parse_header(table, line);
			continue;
		}
		if (!*line)
			continue;
		table->row = resize(table->row, table->rows + 1, sizeof(*table->row));
		row = table->row[table->rows++];
		nr = split(line, row, table->columns);
		while (nr < table->columns)
			row[nr++] = "";
	}
	if (!table->columns) {
		table_free(table);
		return fail("%s: there is no line of column names", name);
	}
	return 0;
}

void table_free(struct table *table)
{
	free(table->text);
	free(table->row);
	*table = (struct table){};
}

int table_column(const struct table *table, const char *name)
{
	for (size_t i = 0; i < table->columns; i++)
		if (!strcmp(table->column[i], name))
			return i;
	return fail("there is no column '%s'", name);
}

static int sort_column;

/* Figures from the largest down; equals by the first column, which numbers them. */
static int compare(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	double left = strtod(x[sort_column], NULL), right = strtod(y[sort_column], NULL);

	if (left == right)
		return strtod(x[0], NULL) < strtod(y[0], NULL) ? -1 : 1;
	return left < right ? 1 : -1;
}

void table_sort(struct table *table, const char *column)
{
	sort_column = table_column(table, column);
	if (sort_column >= 0 && table->rows)
		qsort(table->row, table->rows, sizeof(*table->row), compare);
}
