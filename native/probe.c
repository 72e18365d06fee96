/* What stands under an entry's name in other layers, and which of that its origin names. */
#define _GNU_SOURCE
#include "scan.h"

#include <errno.h>
#include <fcntl.h>

enum { PROBE_WORDS = 7 };
/* Bit of the redirect's target among those of the probes. */
enum { TARGET = 31 };

void ovl_put_probe(struct ovl_bytes *b, int dir, const char *name) {
	struct ovl_handle h = {.size = 0, .type = 0};
	struct stat st;
	int error = dir;
	if (dir >= 0)
		error = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH)) < 0 ? -errno : 0;
	if (!ovl_reserve(b, PROBE_WORDS * 4 + OVL_HANDLE_MAX + 4))
		return;
	uint32_t *w = ovl_words(b, b->len);
	w[0] = (uint32_t)(int32_t)error;
	if (error) {
		b->len += 4;
		return;
	}
	if (ovl_handle_of(dir, name, &h) < 0)
		h.size = 0, h.type = 0;
	w[1] = st.st_mode;
	ovl_put_u64(w + 2, st.st_ino);
	w[4] = (uint32_t)st.st_nlink;
	w[5] = (uint32_t)st.st_rdev;
	w[6] = (uint32_t)h.size << 16 | ((uint32_t)h.type & 0xffff);
	b->len += PROBE_WORDS * 4;
	memcpy(b->p + b->len, h.bytes, h.size);
	b->len += h.size;
	ovl_pad(b);
}

/* Has the probe at `w` the handle that is in the origin? The header in front of that is the caller's to judge. */
static int is_same(const uint32_t *w, const unsigned char *origin, size_t len) {
	size_t size = w[6] >> 16;
	return size && len == OVL_HEADER + size && origin[4] == (w[6] & 0xffff) &&
	       !memcmp(origin + OVL_HEADER, w + PROBE_WORDS, size);
}

uint32_t ovl_same_probes(const struct ovl_bytes *b, size_t at, size_t count, size_t target, const unsigned char *origin,
			 size_t len) {
	uint32_t same = 0;
	for (size_t k = 0; k < count; k++) {
		const uint32_t *w = (const uint32_t *)(const void *)(b->p + at);
		at += 4;
		if (w[0])
			continue;
		if (k < TARGET && is_same(w, origin, len))
			same |= 1u << k;
		at += (PROBE_WORDS - 1) * 4 + (((w[6] >> 16) + 3) & ~3u);
	}
	if (target) {
		const uint32_t *w = (const uint32_t *)(const void *)(b->p + target);
		if (!w[0] && is_same(w, origin, len))
			same |= 1u << TARGET;
	}
	return same;
}
