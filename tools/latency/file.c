// SPDX-License-Identifier: GPL-2.0
/* Files of /sys and /proc, and others. */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "latency.h"

/* To the end, to be freed; or NULL, with errno. */
char *read_all(FILE *file)
{
	size_t size = 0, room = 0, got;
	char *text = NULL;

	do {
		if (room - size < 2) {
			room = room ? 2 * room : 4096;
			text = resize(text, room, 1);
		}
		got = fread(text + size, 1, room - size - 1, file);
		size += got;
	} while (got);
	if (ferror(file)) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

static char *path_of(const char *root, const char *path)
{
	size_t size = strlen(root) + strlen(path) + 1;
	char *whole = resize(NULL, size, 1);

	snprintf(whole, size, "%s%s", root, path);
	return whole;
}

char *file_read(const char *root, const char *path)
{
	char *whole = path_of(root, path), *text = NULL;
	FILE *file = fopen(whole, "re");
	int error = errno;

	if (file) {
		text = read_all(file);
		error = errno;
		fclose(file);
	}
	free(whole);
	errno = error;
	return text;
}

/* The first line, or NULL if there is none or it is empty. */
char *file_line(const char *root, const char *path)
{
	char *text = file_read(root, path);

	if (!text)
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	if (*text)
		return text;
	free(text);
	return NULL;
}

/* In one write(), as sysfs wants it; errno tells why not. */
int file_write(const char *root, const char *path, const char *text)
{
	char *whole = path_of(root, path);
	int fd = open(whole, O_WRONLY | O_TRUNC | O_CLOEXEC), error = errno;
	ssize_t len = strlen(text), written = -1;

	if (fd >= 0) {
		written = write(fd, text, len);
		error = errno;
		close(fd);
	}
	free(whole);
	errno = error;
	return written == len ? 0 : -1;
}

bool program_exists(const char *name)
{
	char *path = copy(getenv("PATH") ?: "/usr/bin:/bin"), *rest = path, *dir;
	char whole[4096];
	bool found = false;

	while (!found && (dir = strsep(&rest, ":"))) {
		snprintf(whole, sizeof(whole), "%s/%s", dir, name);
		found = !access(whole, X_OK);
	}
	free(path);
	return found;
}
