// SPDX-License-Identifier: GPL-2.0
/* Snapshots in a file of text, one behind the other. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

#define MAGIC	"# xnheap record 1\n"

FILE *record_create(const char *path)
{
	FILE *record = fopen(path, "we");

	if (!record) {
		fail("cannot write %s: %s", path, strerror(errno));
		return NULL;
	}
	fputs(MAGIC
	      "# '= SECONDS' begins a snapshot, '> FILE' a file of it; the file's lines\n"
	      "# follow, each behind a tab\n", record);
	return record;
}

FILE *record_open(const char *path)
{
	FILE *record = fopen(path, "re");
	char line[sizeof(MAGIC)] = "";

	if (!record) {
		fail("cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	if (!fgets(line, sizeof(line), record) || strcmp(line, MAGIC)) {
		if (!strncmp(line, MAGIC, sizeof(MAGIC) - 3))
			fail("%s has another version than this program knows", path);
		else
			fail("%s is not a record: its first line is not '%.*s'",
			     path, (int)sizeof(MAGIC) - 2, MAGIC);
		fclose(record);
		return NULL;
	}
	return record;
}

int record_write(FILE *record, const struct snapshot *snapshot)
{
	fprintf(record, "= %.3f\n", snapshot->time);
	for (size_t i = 0; i < snapshot->nr; i++) {
		const char *line = snapshot->text[i].body;

		fprintf(record, "> %s\n", snapshot->text[i].path);
		while (*line) {
			int len = strcspn(line, "\n");

			fprintf(record, "\t%.*s\n", len, line);
			line += len + !!line[len];
		}
	}
	if (fflush(record) || ferror(record))
		return fail("cannot write the record: %s", strerror(errno));
	return 0;
}

/* A file of a snapshot while its lines come. */
struct body {
	FILE *stream;
	char *path, *text;
	size_t size;
};

static void body_begin(struct body *body, const char *path)
{
	body->path = copy(path);
	body->path[strcspn(path, "\n")] = '\0';
	body->stream = open_memstream(&body->text, &body->size);
}

static void body_end(struct body *body, struct snapshot *snapshot)
{
	if (!body->stream)
		return;
	fclose(body->stream);
	snapshot_add(snapshot, body->path, body->text);
	free(body->path);
	body->stream = NULL;
}

int record_read(FILE *record, struct snapshot *snapshot)
{
	struct body body = {};
	char *line = NULL;
	size_t size = 0;
	int ret = 0, c;

	while (ret >= 0 && (c = getc(record)) != EOF) {
		ungetc(c, record);
		if (c == '=' && ret == 1)
			break;		/* the next one */
		if (getline(&line, &size, record) < 0)
			break;
		if (c == '=') {
			snapshot->time = strtod(line + 1, NULL);
			ret = 1;
			if (!(snapshot->time >= 0 && snapshot->time < 1e11))
				ret = fail("the record has a bad time: %.40s", line);
		} else if (c == '>' && ret == 1) {
			body_end(&body, snapshot);
			body_begin(&body, line + strspn(line, "> "));
		} else if (c == '\t' && body.stream) {
			fputs(line + 1, body.stream);
		} else if (c != '#' && c != '\n') {
			ret = fail("the record has a line where it does not belong: %.40s",
				   line);
		}
	}
	body_end(&body, snapshot);
	free(line);
	return ret;
}
