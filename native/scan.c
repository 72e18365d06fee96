/* Whole directories, packed as FORMAT.md says. Runs in a thread of libuv's pool. */
#define _GNU_SOURCE
#include "scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { PART_WORDS = 12 };

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

static void scan_job(struct ovl_scan *s, size_t index, const struct ovl_scratch *t) {
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
		ovl_words(b, start)[PART_WORDS + k] = (uint32_t)(int32_t)(l->probes[k] < 0 ? l->probes[k] : 0);
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
		ovl_put_entry(s, l, &d, probes, t);
		entries++;
	}
	ovl_listing_free(l);
	if (b->failed)
		return;
	uint32_t *w = ovl_words(b, start);
	w[0] = (uint32_t)(b->len - start);
	w[1] = (uint32_t)index;
	w[2] = (uint32_t)(int32_t)status;
	w[3] = resume;
	ovl_put_u64(w + 4, dev);
	ovl_put_u64(w + 6, ino);
	w[8] = (uint32_t)probes;
	w[9] = entries;
	w[10] = (uint32_t)ctime.tv_sec;
	w[11] = (uint32_t)ctime.tv_nsec;
}

void ovl_scan_run(struct ovl_scan *s) {
	struct ovl_scratch t = {.list = malloc(OVL_XATTR_MAX), .upper = malloc(s->prefix_len + sizeof "upper"), .index = -1};
	s->out.failed = !t.list || !t.upper;
	if (!s->out.failed) {
		memcpy(t.upper, s->prefix, s->prefix_len);
		memcpy(t.upper + s->prefix_len, "upper", sizeof "upper");
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
