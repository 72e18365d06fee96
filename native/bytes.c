/* A growing buffer. */
#include "ovl.h"

#include <stdlib.h>
#include <string.h>

int ovl_reserve(struct ovl_bytes *b, size_t n) {
	if (b->failed)
		return 0;
	if (b->cap - b->len >= n)
		return 1;
	size_t cap = b->cap ? b->cap : 16384;
	while (cap - b->len < n)
		cap *= 2;
	int is_lent = b->p && b->p == b->lent;
	unsigned char *p = is_lent ? malloc(cap) : realloc(b->p, cap);
	if (!p) {
		b->failed = 1;
		return 0;
	}
	if (is_lent)
		memcpy(p, b->p, b->len);
	b->p = p;
	b->cap = cap;
	return 1;
}
