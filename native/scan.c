/* Whole directories, packed as FORMAT.md says. Runs in a thread of libuv's pool. */
#define _GNU_SOURCE
#include "ovl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { PART_WORDS = 12, ENTRY_WORDS = 18, PROBE_WORDS = 7, XATTR_WORDS = 2 };
enum { FLAG_RDEV = 1, FLAG_OTHER_PREFIX = 2 };
/* In place of a value's length: nobody asked for it. No read of an xattr gives this errno. */
enum { VALUE_UNREAD = -EAGAIN };

static const char *const keys[] = {
	"origin", "upper", "nlink", "redirect", "opaque", "impure", "metacopy", "whiteout", "uuid", "protattr",
};
enum { KEY_COUNT = sizeof keys / sizeof keys[0], KEY_ORIGIN = 0, KEY_UPPER = 1, KEY_REDIRECT = 3, KEY_OTHER = 31 };
/* Bit of the redirect's target among those of the probes. */
enum { TARGET = 31 };

/* What a thread needs beside the answer. */
struct scratch {
	/* Names of xattrs. */
	char *list;
	/* "PREFIXupper" */
	char *upper;
	/* Descriptor of the index directory; negative: there is none. */
	int index;
};

static uint32_t *words(struct ovl_bytes *b, size_t at) {
	return (uint32_t *)(void *)(b->p + at);
}

static void put_u64(uint32_t *w, uint64_t v) {
	w[0] = (uint32_t)v;
	w[1] = (uint32_t)(v >> 32);
}

/* Zero bytes up to the next multiple of four; room for them is always reserved. */
static void pad(struct ovl_bytes *b) {
	while (b->len & 3)
		b->p[b->len++] = 0;
}

static int put_bytes(struct ovl_bytes *b, const void *p, size_t n) {
	if (!ovl_reserve(b, n + 4))
		return 0;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	pad(b);
	return 1;
}

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
		if (!put_bytes(b, rest, rest_len))
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
			pad(b);
		}
		words(b, head)[0] = (uint32_t)rest_len;
		words(b, head)[1] = (uint32_t)(int32_t)value;
	}
}

/* Of `name` in `dir`; of `dir` itself where name is "". A negative `dir` is the errno of opening it. */
static void put_probe(struct ovl_bytes *b, int dir, const char *name) {
	struct ovl_handle h = {.size = 0, .type = 0};
	struct stat st;
	int error = dir;
	if (dir >= 0)
		error = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW | (*name ? 0 : AT_EMPTY_PATH)) < 0 ? -errno : 0;
	if (!ovl_reserve(b, PROBE_WORDS * 4 + OVL_HANDLE_MAX + 4))
		return;
	uint32_t *w = words(b, b->len);
	w[0] = (uint32_t)(int32_t)error;
	if (error) {
		b->len += 4;
		return;
	}
	if (ovl_handle_of(dir, name, &h) < 0)
		h.size = 0, h.type = 0;
	w[1] = st.st_mode;
	put_u64(w + 2, st.st_ino);
	w[4] = (uint32_t)st.st_nlink;
	w[5] = (uint32_t)st.st_rdev;
	w[6] = (uint32_t)h.size << 16 | ((uint32_t)h.type & 0xffff);
	b->len += PROBE_WORDS * 4;
	memcpy(b->p + b->len, h.bytes, h.size);
	b->len += h.size;
	pad(b);
}

/* `upper` of the index entry that the origin of the directory just written names. */
static void put_index_upper(struct ovl_scan *s, struct entry *e, size_t start, const struct scratch *t) {
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
		pad(b);
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
		put_probe(b, fd, "");
		if (fd >= 0)
			close(fd);
	} else if (l->probe_count && e->redirect_len <= NAME_MAX && !memchr(value, '/', e->redirect_len) &&
		   !memchr(value, 0, e->redirect_len)) {
		memcpy(name, value, e->redirect_len);
		name[e->redirect_len] = 0;
		e->target_at = (uint32_t)(b->len - start);
		put_probe(b, l->probes[0], name);
	}
}

/* Has the probe at `w` the handle that is in the origin? The header in front of that is the caller's to judge. */
static int is_same(const uint32_t *w, const unsigned char *origin, size_t len) {
	size_t size = w[6] >> 16;
	return size && len == OVL_HEADER + size && origin[4] == (w[6] & 0xffff) &&
	       !memcmp(origin + OVL_HEADER, w + PROBE_WORDS, size);
}

static uint32_t same_probes(const struct ovl_bytes *b, size_t start, size_t at, size_t count, const struct entry *e) {
	const unsigned char *origin = b->p + start + e->origin_at;
	uint32_t same = 0;
	for (size_t k = 0; k < count; k++) {
		const uint32_t *w = (const uint32_t *)(const void *)(b->p + at);
		at += 4;
		if (w[0])
			continue;
		if (k < TARGET && is_same(w, origin, e->origin_len))
			same |= 1u << k;
		at += (PROBE_WORDS - 1) * 4 + (((w[6] >> 16) + 3) & ~3u);
	}
	const uint32_t *target = (const uint32_t *)(const void *)(b->p + start + e->target_at);
	if (e->target_at && !target[0] && is_same(target, origin, e->origin_len))
		same |= 1u << TARGET;
	return same;
}

/* Has a probe directory the name? What cannot be told counts as yes: it is not for the lower one to show then. */
static int is_covered(const struct ovl_listing *l, const char *name) {
	for (size_t k = 0; k < l->probe_count; k++) {
		struct stat st;
		int error = l->probes[k];
		if (error >= 0)
			error = fstatat(error, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
		if (error != -ENOENT && error != -ENAMETOOLONG)
			return 1;
	}
	return 0;
}

/* Probes that are told of: where they only cover names, there is nothing left to tell. */
static size_t told_probes(const struct ovl_scan *s, const struct ovl_listing *l) {
	return s->uncovered ? 0 : l->probe_count;
}

static void put_entry(struct ovl_scan *s, const struct ovl_listing *l, const struct ovl_dirent *d,
		      const struct scratch *t) {
	struct ovl_bytes *b = &s->out;
	struct ovl_handle h = {.size = 0, .type = 0};
	struct entry e = {0};
	struct stat st;
	unsigned type = d->type;
	int have_rdev = 0;
	size_t start = b->len, probes = told_probes(s, l);

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
	put_bytes(b, d->name, d->name_len);
	int is_whiteout = have_rdev && st.st_rdev == 0;
	if (type == DT_DIR || (s->handles && !is_whiteout)) {
		int error = ovl_handle_of(l->fd, d->name, &h);
		note(&e, error);
		if (error)
			h.size = 0, h.type = 0;
		put_bytes(b, h.bytes, h.size);
	}
	size_t probes_at = b->len;
	for (size_t k = 0; k < probes; k++)
		put_probe(b, l->probes[k], d->name);
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
	uint32_t same = same_probes(b, start, probes_at, probes, &e);
	uint32_t *w = words(b, start);
	w[0] = (uint32_t)(b->len - start);
	unsigned flags = (have_rdev ? FLAG_RDEV : 0) | (e.other_prefix ? FLAG_OTHER_PREFIX : 0);
	w[1] = type | flags << 8 | e.xattr_count << 16;
	w[2] = (uint32_t)(int32_t)e.status;
	put_u64(w + 3, d->ino);
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
	put_u64(w + 16, (uint64_t)e.ctime);
}

static struct ovl_listing *start_listing(const struct ovl_scan_job *job, int *error) {
	if (job->resume) {
		struct ovl_listing *l = ovl_listing_take(job->resume);
		if (!l)
			*error = -EBADF;
		return l;
	}
	struct ovl_listing *l = ovl_listing_open(job->dir.root, job->dir.path, job->dir.len, error);
	if (!l || !job->probe_count)
		return l;
	l->probes = calloc(job->probe_count, sizeof *l->probes);
	if (!l->probes) {
		*error = -ENOMEM;
		ovl_listing_free(l);
		return NULL;
	}
	l->probe_count = job->probe_count;
	for (size_t k = 0; k < job->probe_count; k++) {
		const struct ovl_dir_ref *p = &job->probes[k];
		l->probes[k] = ovl_open_below(p->root, p->path, p->len, O_PATH | O_DIRECTORY);
	}
	return l;
}

static void scan_job(struct ovl_scan *s, size_t index, const struct scratch *t) {
	struct ovl_bytes *b = &s->out;
	const struct ovl_scan_job *job = &s->jobs[index];
	int status = 0;
	uint32_t resume = 0, entries = 0;
	size_t start = b->len;
	struct ovl_listing *l = start_listing(job, &status);
	size_t probes = l ? told_probes(s, l) : 0;
	/* The bound is for the answer as a whole, but every job gets on by some entries. */
	size_t room = start < s->part_bytes ? s->part_bytes - start : 0;
	if (room < s->part_bytes / 64)
		room = s->part_bytes / 64;

	if (!ovl_reserve(b, (PART_WORDS + probes) * 4)) {
		ovl_listing_free(l);
		return;
	}
	for (size_t k = 0; k < probes; k++)
		words(b, start)[PART_WORDS + k] = (uint32_t)(int32_t)(l->probes[k] < 0 ? l->probes[k] : 0);
	b->len += (PART_WORDS + probes) * 4;
	uint64_t dev = l ? l->dev : 0, ino = l ? l->ino : 0;
	struct timespec ctime = l ? l->ctime : (struct timespec){0};
	while (l && !b->failed) {
		struct ovl_dirent d;
		/* Checked before an entry is taken, so that none has to be put back. */
		if (entries && b->len - start >= room) {
			resume = ovl_listing_park(l);
			l = NULL;
			break;
		}
		int more = ovl_listing_next(l, &d);
		if (more <= 0) {
			status = more;
			break;
		}
		if (s->uncovered && is_covered(l, d.name))
			continue;
		put_entry(s, l, &d, t);
		entries++;
	}
	ovl_listing_free(l);
	if (b->failed)
		return;
	uint32_t *w = words(b, start);
	w[0] = (uint32_t)(b->len - start);
	w[1] = (uint32_t)index;
	w[2] = (uint32_t)(int32_t)status;
	w[3] = resume;
	put_u64(w + 4, dev);
	put_u64(w + 6, ino);
	w[8] = (uint32_t)probes;
	w[9] = entries;
	w[10] = (uint32_t)ctime.tv_sec;
	w[11] = (uint32_t)ctime.tv_nsec;
}

void ovl_scan_run(struct ovl_scan *s) {
	struct scratch t = {.list = malloc(OVL_XATTR_MAX), .upper = malloc(s->prefix_len + sizeof "upper"), .index = -1};
	s->out.failed = !t.list || !t.upper;
	if (!s->out.failed) {
		memcpy(t.upper, s->prefix, s->prefix_len);
		memcpy(t.upper + s->prefix_len, keys[KEY_UPPER], sizeof "upper");
		if (s->index.path)
			t.index = ovl_open_below(s->index.root, s->index.path, s->index.len, O_PATH | O_DIRECTORY);
	}
	for (size_t i = 0; i < s->job_count && !s->out.failed; i++)
		scan_job(s, i, &t);
	/* What follows in a lent buffer is an older answer. */
	if (s->out.p == s->out.lent && ovl_reserve(&s->out, 4))
		memset(s->out.p + s->out.len, 0, 4);
	if (t.index >= 0)
		close(t.index);
	free(t.list);
	free(t.upper);
}
