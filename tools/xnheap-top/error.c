// SPDX-License-Identifier: GPL-2.0
/* What went wrong, in words, and memory that is always had. */

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

char error_text[512];

int fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error_text, sizeof(error_text), fmt, args);
	va_end(args);
	error_text[strcspn(error_text, "\n")] = '\0';
	return -1;
}

void *resize(void *memory, size_t nr, size_t size)
{
	memory = reallocarray(memory, nr ? nr : 1, size);
	if (!memory) {
		fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
		exit(1);
	}
	return memory;
}

char *copy(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(resize(NULL, size, 1), text, size);
}
