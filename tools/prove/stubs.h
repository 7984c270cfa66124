/* SPDX-License-Identifier: GPL-2.0 */
/* What the rooms call that has no part in the proof. */
bool in_nmi(void)
{
	return false;
}

bool trylock_fails(void)
{
	return false;
}

void heap_name(struct xnheap *h, const char *label) { }
void heap_unname(struct xnheap *h) { }
unsigned int watch_flags(unsigned int flags) { return flags; }
int watch_begin(struct xnheap *h) { return 0; }
void watch_extent(struct xnheap *h, struct xnheap_extent *ext) { }
void watch_extended(struct xnheap *h, u_long size, u_long caller) { }
void watch_destroyed(struct xnheap *h, u_long blocks, u_long caller) { }
void watch_end(struct xnheap *h) { }
u_long record_bytes(unsigned int options, u_long page_size) { return 0; }

/* Nobody looks on */
void *watch_alloc(struct xnheap *h, u_long size, u_long align, u_long caller)
{
	CHECK(false);
	return NULL;
}

int watch_free(struct xnheap *h, void *block, int (*ckfn)(void *block),
	       u_long caller)
{
	CHECK(false);
	return 0;
}

int vscnprintf(char *text, size_t size, const char *fmt, va_list args)
{
	return 0;
}
