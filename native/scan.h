/*
 * What packs the answer of a scan, which FORMAT.md describes: scan.c its parts, entry.c the entries in them, probe.c the
 * probes of an entry. Where memory runs out, `failed` of the buffer is set, and what has been packed is void.
 */
#ifndef OVL_SCAN_H
#define OVL_SCAN_H

#include "ovl.h"

#include <string.h>

/* What a thread needs beside the answer. */
struct ovl_scratch {
	/* Names of xattrs. */
	char *list;
	/* "PREFIXupper" */
	char *upper;
	/* Descriptor of the index directory; negative: there is none. */
	int index;
};

/* Good until more room is reserved. */
static inline uint32_t *ovl_words(struct ovl_bytes *b, size_t at) {
	return (uint32_t *)(void *)(b->p + at);
}

static inline void ovl_put_u64(uint32_t *w, uint64_t v) {
	w[0] = (uint32_t)v;
	w[1] = (uint32_t)(v >> 32);
}

/* Zero bytes up to the next multiple of four; room for them is always reserved. */
static inline void ovl_pad(struct ovl_bytes *b) {
	while (b->len & 3)
		b->p[b->len++] = 0;
}

static inline int ovl_put_bytes(struct ovl_bytes *b, const void *p, size_t n) {
	if (!ovl_reserve(b, n + 4))
		return 0;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	ovl_pad(b);
	return 1;
}

/* ---- probe.c ---- */
/* Of `name` in `dir`; of `dir` itself where name is "". A negative `dir` is the errno of opening it. */
void ovl_put_probe(struct ovl_bytes *b, int dir, const char *name);
/*
 * Which probes have the handle in `origin` (`len` bytes): bit k for the k-th of `count` that begin at `at`, bit 31 for
 * the redirect's target, which begins at `target`; 0: there is none.
 */
uint32_t ovl_same_probes(const struct ovl_bytes *b, size_t at, size_t count, size_t target, const unsigned char *origin,
			 size_t len);

/* ---- entry.c ---- */
/* Entry `d` of `l`, with so many of its probes. */
void ovl_put_entry(struct ovl_scan *s, const struct ovl_listing *l, const struct ovl_dirent *d, size_t probes,
		   const struct ovl_scratch *t);

#endif
