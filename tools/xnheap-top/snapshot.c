// SPDX-License-Identifier: GPL-2.0
/* The text of files at one moment. */

#include <stdlib.h>
#include <string.h>

#include "top.h"

void snapshot_clear(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->nr; i++) {
		free(snapshot->text[i].path);
		free(snapshot->text[i].body);
	}
	free(snapshot->text);
	*snapshot = (struct snapshot){};
}

void snapshot_add(struct snapshot *snapshot, const char *path, char *body)
{
	snapshot->text = resize(snapshot->text, snapshot->nr + 1,
				sizeof(*snapshot->text));
	snapshot->text[snapshot->nr].path = copy(path);
	snapshot->text[snapshot->nr].body = body;
	snapshot->nr++;
}

const char *snapshot_get(const struct snapshot *snapshot, const char *heap,
			 const char *file)
{
	size_t len = strlen(heap);

	for (size_t i = 0; i < snapshot->nr; i++) {
		const char *path = snapshot->text[i].path;

		if (!strncmp(path, heap, len) && path[len] == '/' &&
		    !strcmp(path + len + 1, file))
			return snapshot->text[i].body;
	}
	return NULL;
}
