// SPDX-License-Identifier: GPL-2.0
/* Strings and numbers as JSON. */

#include <string.h>

#include "top.h"

/*
 * The kernel lets no control character into a label and takes each byte for
 * Latin-1, so that is what bytes above 127 are.
 */
void json_print_bytes(const char *text, size_t len)
{
	putchar('"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = text[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c > '~')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

void json_print_string(const char *text)
{
	json_print_bytes(text, strlen(text));
}

void json_print_value(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	if (digits && !text[digits] && (text[0] != '0' || digits == 1))
		fputs(text, stdout);
	else
		json_print_string(text);
}
