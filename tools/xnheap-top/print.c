// SPDX-License-Identifier: GPL-2.0
/* The list as a table for people, without a terminal. */

#include <string.h>

#include "top.h"

/* Negative for text: it is aligned to the left, figures to the right. */
static int column_width(const struct heaps *heaps, enum column_id column)
{
	int max = strlen(columns[column].title);
	char cell[256];

	for (size_t i = 0; i < heaps->nr; i++) {
		int width;

		column_format(cell, sizeof(cell), &heaps->heap[i], column);
		width = strlen(cell);
		if (width > max)
			max = width;
	}
	return columns[column].kind == TEXT ? -max : max;
}

void print_table(const struct heaps *heaps)
{
	int width[COLUMNS];
	char cell[256];

	for (int c = 0; c < COLUMNS; c++) {
		width[c] = column_width(heaps, c);
		printf("%*s%c", width[c], columns[c].title, c < COLUMNS - 1 ? ' ' : '\n');
	}
	for (size_t i = 0; i < heaps->nr; i++) {
		for (int c = 0; c < COLUMNS; c++) {
			column_format(cell, sizeof(cell), &heaps->heap[i], c);
			printf("%*s%c", width[c], cell, c < COLUMNS - 1 ? ' ' : '\n');
		}
	}
	if (!heaps->nr)
		puts("(there are no heaps)");
}
