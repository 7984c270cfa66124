/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xnheap-map: draw a heap's pages as SVG.
 *
 * Formats are read by xnheap-top's own files; here is what is drawn of them.
 */
#ifndef XNHEAP_MAP_H
#define XNHEAP_MAP_H

#include "../xnheap-top/top.h"

/* A heap at one moment. */
struct frame {
	double time;
	struct map map, fill;
};

struct series {
	char *label;
	unsigned long page_size;	/* or 0 */
	struct frame *frame;
	size_t frames;
};

/* source.c: put frames behind those there are; heap may be NULL */
int series_add(struct series *series, const char *source, const char *heap);

/* svg.c */
void svg_write(FILE *svg, const struct series *series);

#endif /* XNHEAP_MAP_H */
