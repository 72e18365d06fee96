/* Tables of handles: columns that src/lib/model/handle-table.ts owns, as FORMAT.md describes them. */
#include "ovl.h"

#include <string.h>

/* Where a handle structure says how long all of it is. */
enum { LENGTH = 2 };

static uint32_t hash(const unsigned char *p, size_t n) {
	uint32_t h = 0x811c9dc5;
	for (size_t i = 0; i < n; i++)
		h = (h ^ p[i]) * 0x01000193;
	h ^= h >> 15;
	h *= 0x85ebca6b;
	return h ^ h >> 13;
}

/* -1: not one of those that were given. */
static int64_t header_of(const struct ovl_table *t, const unsigned char *fh) {
	for (size_t i = 0; i < t->header_count; i++)
		if (!memcmp(t->headers + i * OVL_HEADER, fh, OVL_HEADER))
			return (int64_t)i;
	return -1;
}

int32_t ovl_table_find(const struct ovl_table *t, const unsigned char *fh, size_t len) {
	if (len < OVL_HEADER || fh[LENGTH] < OVL_HEADER || fh[LENGTH] > len)
		return -1;
	int64_t header = header_of(t, fh);
	if (header < 0)
		return t->all_headers ? -1 : OVL_ROW_UNKNOWN;
	const unsigned char *fid = fh + OVL_HEADER;
	size_t n = fh[LENGTH] - OVL_HEADER;
	uint32_t mask = (uint32_t)t->slot_count - 1, h = hash(fid, n);
	for (size_t slot = h & mask;; slot = (slot + 1) & mask) {
		uint32_t found = t->slots[slot];
		if (!found)
			return -1;
		/* Bits of the hash that the place of the slot does not tell: most others are passed over without a look. */
		if ((found ^ h) & ~mask)
			continue;
		uint32_t row = (found & mask) - 1;
		const uint32_t *place = t->places + 2 * (size_t)row;
		if (place[0] == (uint32_t)header && !memcmp(t->bytes + place[1], fid, n))
			return (int32_t)row;
	}
}

void ovl_table_place(const struct ovl_table *t, size_t rows) {
	uint32_t mask = (uint32_t)t->slot_count - 1;
	for (size_t row = 0; row < rows; row++) {
		const uint32_t *place = t->places + 2 * row;
		uint32_t h = hash(t->bytes + place[1], t->headers[place[0] * OVL_HEADER + LENGTH] - OVL_HEADER);
		size_t slot = h & mask;
		while (t->slots[slot])
			slot = (slot + 1) & mask;
		t->slots[slot] = (h & ~mask) | ((uint32_t)row + 1);
	}
}

static int nibble(unsigned char c) {
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum ovl_loaded ovl_table_load(struct ovl_table_end *to, const struct ovl_table *t, const char *name, size_t len) {
	unsigned char fh[128];
	size_t size = len / 2;
	if (len & 1 || size < OVL_HEADER || size > sizeof fh)
		return OVL_NO_HANDLE;
	for (size_t i = 0; i < size; i++) {
		int high = nibble((unsigned char)name[2 * i]), low = nibble((unsigned char)name[2 * i + 1]);
		if (high < 0 || low < 0)
			return OVL_NO_HANDLE;
		fh[i] = (unsigned char)(high << 4 | low);
	}
	if (fh[LENGTH] != size)
		return OVL_NO_HANDLE;
	int64_t header = header_of(t, fh);
	if (header < 0)
		return OVL_OTHER_HEADER;
	to->places[2 * to->rows] = (uint32_t)header;
	to->places[2 * to->rows + 1] = (uint32_t)to->used;
	memcpy(to->bytes + to->used, fh + OVL_HEADER, size - OVL_HEADER);
	to->used += size - OVL_HEADER;
	to->rows++;
	return OVL_LOADED;
}
