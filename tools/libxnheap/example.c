// SPDX-License-Identifier: LGPL-2.1
/*
 * Take what a kernel module posts to processes, without a copy.
 *
 * Usage: example LABEL
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <xnheap.h>

static int fail(const char *what, const char *label)
{
	fprintf(stderr, "error: %s %s: %s\n", what, label, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	const char *label = argc > 1 ? argv[1] : "demo-shared";
	struct xnh *heap = xnh_attach(label, O_RDWR);
	void *blocks[16];
	ssize_t n, i;

	if (!heap)
		return fail("cannot attach the heap", label);
	/* So that nothing in the loop has to wait for memory */
	if (mlockall(MCL_CURRENT | MCL_FUTURE) || xnh_populate(heap))
		return fail("cannot have all memory of", label);
	if (xnh_listen(heap, 1))
		return fail("cannot listen to", label);

	/* Until the heap ends, or there was nothing for 10 s */
	while ((n = xnh_wait(heap, blocks, 16, 10000000000LL)) > 0) {
		for (i = 0; i < n; i++) {
			size_t size;
			int owner = xnh_check(heap, blocks[i], &size);

			if (owner < 0)
				continue;	/* it was freed by now */
			printf("%zu bytes at %#llx\n", size,
			       (unsigned long long)xnh_offset(heap, blocks[i]));
			if (owner == XNHEAP_OWNER_SELF)
				xnh_free(heap, blocks[i]);
		}
	}
	if (n < 0 && errno != ENODEV)
		return fail("cannot wait for", label);
	xnh_detach(heap);
	return 0;
}
