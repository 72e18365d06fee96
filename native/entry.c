/* One entry of a directory: what it is, its xattrs, and what they lead to. */
#define _GNU_SOURCE
#include "scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { ENTRY_WORDS = 18, XATTR_WORDS = 2 };
enum { FLAG_RDEV = 1, FLAG_OTHER_PREFIX = 2 };
/* In place of a value's length: nobody asked for it. No read of an xattr gives this errno. */
enum { VALUE_UNREAD = -EAGAIN };

static const char *const keys[] = {
	"origin", "upper", "nlink", "redirect", "opaque", "impure", "metacopy", "whiteout", "uuid", "protattr",
};
enum { KEY_COUNT = sizeof keys / sizeof keys[0], KEY_ORIGIN = 0, KEY_REDIRECT = 3, KEY_OTHER = 31 };

static unsigned key_of(const char *name) {
	for (unsigned i = 0; i < KEY_COUNT; i++)
		if (!strcmp(name, keys[i]))
			return i;
	return KEY_OTHER;
}

static int has_prefix(const char *name, const char *prefix) {
	return !strncmp(name, prefix, strlen(prefix));
}

static int is_overlay_name(const char *name) {
	return has_prefix(name, "trusted.overlay.") || has_prefix(name, "user.overlay.");
}

/* A filesystem that has no handles says so once, for the layer; it is no failure of each object. */
static int counts(int error) {
	return error < 0 && error != -EOPNOTSUPP;
}

struct entry {
	int status;
	unsigned xattr_count;
	int other_prefix;
	uint32_t xattr_bits;
	uint32_t origin_at;
	uint32_t origin_len;
	uint32_t index_at;
	int32_t index_len;
	uint32_t redirect_at;
	uint32_t redirect_len;
	uint32_t target_at;
	/* Nanoseconds. */
	int64_t ctime;
};

static void note(struct entry *e, int error) {
	if (counts(error) && !e->status)
		e->status = error;
}

static void put_xattrs(struct ovl_scan *s, struct entry *e, uint32_t values, size_t start, int dir, const char *name,
		       char *list) {
	struct ovl_bytes *b = &s->out;
	ssize_t n = ovl_xattr_list(dir, name, list, OVL_XATTR_MAX);
	if (n < 0) {
		note(e, (int)n);
		return;
	}
	for (const char *at = list; at < list + n; at += strlen(at) + 1) {
		if (strncmp(at, s->prefix, s->prefix_len)) {
			e->other_prefix |= is_overlay_name(at);
			continue;
		}
		const char *rest = at + s->prefix_len;
		size_t rest_len = strlen(rest);
		size_t head = b->len;
		if (!ovl_reserve(b, XATTR_WORDS * 4))
			return;
		b->len += XATTR_WORDS * 4;
		if (!ovl_put_bytes(b, rest, rest_len))
			return;
		unsigned key = key_of(rest);
		ssize_t value = VALUE_UNREAD;
		if (values >> key & 1)
			value = ovl_xattr_append(b, dir, name, at);
		e->xattr_bits |= 1u << key;
		e->xattr_count++;
		if (value < 0) {
			if (value != VALUE_UNREAD)
				note(e, (int)value);
		} else {
			if (key == KEY_ORIGIN) {
				e->origin_at = (uint32_t)(b->len - start);
				e->origin_len = (uint32_t)value;
			} else if (key == KEY_REDIRECT) {
				e->redirect_at = (uint32_t)(b->len - start);
				e->redirect_len = (uint32_t)value;
			}
			b->len += (size_t)value;
			if (!ovl_reserve(b, 4))
				return;
			ovl_pad(b);
		}
		ovl_words(b, head)[0] = (uint32_t)rest_len;
		ovl_words(b, head)[1] = (uint32_t)(int32_t)value;
	}
}

/* `upper` of the index entry that the origin of the directory just written names. */
static void put_index_upper(struct ovl_scan *s, struct entry *e, size_t start, const struct ovl_scratch *t) {
	static const char digits[] = "0123456789abcdef";
	struct ovl_bytes *b = &s->out;
	char name[NAME_MAX + 1];
	if (t->index < 0 || !e->origin_len || e->origin_len > NAME_MAX / 2)
		return;
	const unsigned char *origin = b->p + start + e->origin_at;
	for (uint32_t i = 0; i < e->origin_len; i++) {
		name[2 * i] = digits[origin[i] >> 4];
		name[2 * i + 1] = digits[origin[i] & 15];
	}
	name[2 * e->origin_len] = 0;
	ssize_t n = ovl_xattr_append(b, t->index, name, t->upper);
	e->index_at = (uint32_t)(b->len - start);
	e->index_len = (int32_t)n;
	if (n > 0)
		b->len += (size_t)n;
	if (ovl_reserve(b, 4))
		ovl_pad(b);
}

/* Where a redirect leads: a name beside, or a path from the root. Whether it is well formed is the caller's to judge. */
static void put_target(struct ovl_scan *s, struct entry *e, size_t start, const struct ovl_listing *l) {
	struct ovl_bytes *b = &s->out;
	char name[NAME_MAX + 1];
	if (s->redirect_root < 0 || !e->redirect_len)
		return;
	const char *value = (const char *)b->p + start + e->redirect_at;
	if (*value == '/') {
		int fd = ovl_open_below(s->redirect_root, value + 1, e->redirect_len - 1, O_PATH | O_DIRECTORY);
		e->target_at = (uint32_t)(b->len - start);
		ovl_put_probe(b, fd, "");
		if (fd >= 0)
			close(fd);
	} else if (l->probe_count && e->redirect_len <= NAME_MAX && !memchr(value, '/', e->redirect_len) &&
		   !memchr(value, 0, e->redirect_len)) {
		memcpy(name, value, e->redirect_len);
		name[e->redirect_len] = 0;
		e->target_at = (uint32_t)(b->len - start);
		ovl_put_probe(b, l->probes[0], name);
	}
}

void ovl_put_entry(struct ovl_scan *s, const struct ovl_listing *l, const struct ovl_dirent *d, size_t probes,
		   const struct ovl_scratch *t) {
	struct ovl_bytes *b = &s->out;
	struct ovl_handle h = {.size = 0, .type = 0};
	struct entry e = {0};
	struct stat st;
	unsigned type = d->type;
	int have_rdev = 0;
	size_t start = b->len;

	if (type == DT_UNKNOWN || type == DT_CHR) {
		if (fstatat(l->fd, d->name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			note(&e, -errno);
		} else {
			type = IFTODT(st.st_mode);
			have_rdev = type == DT_CHR;
		}
	}
	if (!ovl_reserve(b, ENTRY_WORDS * 4))
		return;
	b->len += ENTRY_WORDS * 4;
	ovl_put_bytes(b, d->name, d->name_len);
	int is_whiteout = have_rdev && st.st_rdev == 0;
	if (type == DT_DIR || (s->handles && !is_whiteout)) {
		int error = ovl_handle_of(l->fd, d->name, &h);
		note(&e, error);
		if (error)
			h.size = 0, h.type = 0;
		ovl_put_bytes(b, h.bytes, h.size);
	}
	size_t probes_at = b->len;
	for (size_t k = 0; k < probes; k++)
		ovl_put_probe(b, l->probes[k], d->name);
	/* A whiteout has nothing else to tell. */
	if (!is_whiteout)
		put_xattrs(s, &e, type == DT_DIR ? s->dir_values : s->values, start, l->fd, d->name, t->list);
	if (type == DT_DIR && !b->failed)
		put_index_upper(s, &e, start, t);
	if (type == DT_DIR && !b->failed)
		put_target(s, &e, start, l);
	if (b->failed)
		return;
	const unsigned char *origin = b->p + start + e.origin_at;
	int32_t row = e.origin_len && s->table.slots ? ovl_table_find(&s->table, origin, e.origin_len) : OVL_ROW_UNKNOWN;
	/* Nobody stands for it: whoever mends that compares it with this before. */
	if (row == -1 && type != DT_DIR) {
		if (fstatat(l->fd, d->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			note(&e, -errno);
		else
			e.ctime = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
	}
	size_t target = e.target_at ? start + e.target_at : 0;
	uint32_t same = ovl_same_probes(b, probes_at, probes, target, origin, e.origin_len);
	uint32_t *w = ovl_words(b, start);
	w[0] = (uint32_t)(b->len - start);
	unsigned flags = (have_rdev ? FLAG_RDEV : 0) | (e.other_prefix ? FLAG_OTHER_PREFIX : 0);
	w[1] = type | flags << 8 | e.xattr_count << 16;
	w[2] = (uint32_t)(int32_t)e.status;
	ovl_put_u64(w + 3, d->ino);
	w[5] = (uint32_t)d->name_len | h.size << 16;
	w[6] = (uint32_t)h.type;
	w[7] = have_rdev ? (uint32_t)st.st_rdev : 0;
	w[8] = e.xattr_bits;
	w[9] = e.origin_at;
	w[10] = e.origin_len;
	w[11] = e.index_at;
	w[12] = (uint32_t)e.index_len;
	w[13] = (uint32_t)row;
	w[14] = same;
	w[15] = e.target_at;
	ovl_put_u64(w + 16, (uint64_t)e.ctime);
}
