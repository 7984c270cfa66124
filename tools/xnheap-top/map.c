// SPDX-License-Identifier: GPL-2.0
/* A character for each page of a heap. */

#include <stdlib.h>
#include <string.h>

#include "top.h"

#define MAX_PAGES	0x10000000	/* a broken file is not worth more */

/* Pages of the last extent that have not come yet. */
static size_t missing(const struct map *map)
{
	const struct map_extent *last;

	if (!map->extents)
		return 0;
	last = &map->extent[map->extents - 1];
	return last->first + last->pages - map->pages;
}

static int put_pages(struct map *map, const char *name, size_t nr, char page)
{
	if (nr > missing(map))
		return fail("%s: there are more pages than the extent has", name);
	memset(map->page + map->pages, page, nr);
	map->pages += nr;
	return 0;
}

static int put_extent(struct map *map, const char *name, const char *line)
{
	struct map_extent extent = { .first = map->pages };

	if (sscanf(line, "extent %u %zu", &extent.nr, &extent.pages) != 2 ||
	    extent.pages > MAX_PAGES || map->pages > MAX_PAGES)
		return fail("%s: '%.40s' is not an extent", name, line);
	map->extent = resize(map->extent, map->extents + 1, sizeof(extent));
	map->extent[map->extents++] = extent;
	map->page = resize(map->page, map->pages + extent.pages, 1);
	return 0;
}

/* A run is a count and a character, which may be a digit. */
static int put_runs(struct map *map, const char *name, char *line)
{
	char *run;

	while ((run = strsep(&line, " "))) {
		char *page = run + strlen(run) - 1;
		size_t nr;
		char look;

		if (page < run)
			continue;
		look = *page;
		*page = '\0';
		nr = strtoul(run, NULL, 10);
		if (!nr)
			return fail("%s: '%s%c' is not a run", name, run, look);
		if (put_pages(map, name, nr, look))
			return -1;
	}
	return 0;
}

static int put_line(struct map *map, const char *name, char *line, bool rle)
{
	if (rle)
		return put_runs(map, name, line);
	for (; *line; line++)
		if (put_pages(map, name, 1, *line))
			return -1;
	return 0;
}

int map_parse(struct map *map, const char *name, const char *text)
{
	char *whole, *line, *rest;
	int ret = 0;
	bool rle;

	*map = (struct map){};
	if (format_check(name, text))
		return -1;
	whole = copy(text);
	rest = whole;
	line = strsep(&rest, "\n");
	rle = strstr(line, " rle");
	while (!ret && (line = strsep(&rest, "\n"))) {
		if (line[0] == '#')
			continue;
		if (strncmp(line, "extent", 6))
			ret = put_line(map, name, line, rle);
		else if (!missing(map))
			ret = put_extent(map, name, line);
		else
			break;
	}
	free(whole);
	if (!ret && missing(map))
		ret = fail("%s: there are fewer pages than the extent has", name);
	if (ret)
		map_free(map);
	return ret;
}

void map_free(struct map *map)
{
	free(map->page);
	free(map->extent);
	*map = (struct map){};
}
