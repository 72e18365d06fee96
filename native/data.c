/* The data of regular files: where it is, whether two files have the same, and copying it from a lower file. */
#define _GNU_SOURCE
#include "ovl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Bytes that are copied or compared at a time. */
#define PIECE (256u * 1024u)
/* What is punched ends behind the file's last block, however large blocks are. */
#define BLOCK_MAX ((off_t)1 << 20)
#define CAPABILITY "security.capability"

/* linux/fsverity.h, which older headers lack: the caller sets the room for the digest, the kernel its size. */
struct verity {
	uint16_t algorithm;
	uint16_t size;
	uint8_t digest[OVL_DIGEST_MAX];
};
#define MEASURE_VERITY _IOWR('f', 134, uint32_t)

/* The next stretch of data from `at` on: 1; 0 where none follows; negative errno. */
static int next_data(int fd, off_t at, off_t *start, off_t *end) {
	*start = lseek(fd, at, SEEK_DATA);
	if (*start < 0)
		return errno == ENXIO ? 0 : -errno;
	*end = lseek(fd, *start, SEEK_HOLE);
	return *end < 0 ? -errno : 1;
}

static ssize_t capability_of(int fd, struct ovl_bytes *to) {
	to->len = 0;
	if (!ovl_reserve(to, OVL_XATTR_MAX))
		return -ENOMEM;
	ssize_t n = fgetxattr(fd, CAPABILITY, to->p, OVL_XATTR_MAX);
	return n < 0 ? -errno : n;
}

int ovl_content(const struct ovl_target *t, struct stat *st, uint64_t *data, struct ovl_bytes *capability, ssize_t *got) {
	off_t start, end = 0;
	int fd = ovl_open_regular(t, O_RDONLY, st), more = fd;
	*data = 0;
	if (fd < 0)
		return fd;
	while ((more = next_data(fd, end, &start, &end)) > 0)
		*data += (uint64_t)(end - start);
	*got = capability_of(fd, capability);
	close(fd);
	return more;
}

int ovl_verity(const struct ovl_target *t, uint16_t *algorithm, unsigned char *digest, size_t *size) {
	struct verity v = {.size = sizeof v.digest};
	struct stat st;
	int fd = ovl_open_regular(t, O_RDONLY, &st);
	if (fd < 0)
		return fd;
	int error = ioctl(fd, MEASURE_VERITY, &v) < 0 ? -errno : 0;
	close(fd);
	if (error)
		return error;
	if (v.size > sizeof v.digest)
		return -EOVERFLOW;
	*algorithm = v.algorithm;
	*size = v.size;
	memcpy(digest, v.digest, v.size);
	return 0;
}

static int write_at(int fd, const char *bytes, size_t n, off_t at) {
	while (n) {
		ssize_t done = pwrite(fd, bytes, n, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		bytes += done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* All `n` bytes: a file that ends before them has changed. */
static int read_at(int fd, char *to, size_t n, off_t at) {
	while (n) {
		ssize_t got = pread(fd, to, n, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ESTALE;
		to += got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

static int copy_by_hand(int in, int out, off_t at, off_t end) {
	char *piece = malloc(PIECE);
	int error = piece ? 0 : -ENOMEM;
	while (!error && at < end) {
		size_t n = end - at < (off_t)PIECE ? (size_t)(end - at) : PIECE;
		error = read_at(in, piece, n, at);
		if (!error)
			error = write_at(out, piece, n, at);
		at += (off_t)n;
	}
	free(piece);
	return error;
}

/* In the kernel, which shares the blocks where the filesystem can; else by hand. */
static int copy_stretch(int in, int out, off_t at, off_t end) {
	while (at < end) {
		off_t from = at, to = at;
		ssize_t n = copy_file_range(in, &from, out, &to, (size_t)(end - at), 0);
		if (n > 0)
			at += n;
		else if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
			return -errno;
		else if (n == 0 || errno != EINTR)
			return copy_by_hand(in, out, at, end);
	}
	return 0;
}

/*
 * A file that is to be written: the one that was looked at, on the filesystem of the root. Whoever may write to its
 * directory can have put another in its place, a hard link of a file that is not theirs to change.
 */
static int open_own(const struct ovl_target *t, int flags, double ino, struct stat *st) {
	struct stat root;
	int fd = ovl_open_regular(t, flags, st);
	if (fd < 0)
		return fd;
	int error = fstat(t->root, &root) < 0 ? -errno : 0;
	if (!error && ((double)st->st_ino != ino || st->st_dev != root.st_dev))
		error = -ESTALE;
	if (!error)
		return fd;
	close(fd);
	return error;
}

int64_t ovl_copy_data(const struct ovl_target *from, const struct ovl_target *to, double ino, uint64_t at, uint64_t most) {
	struct stat below, above;
	off_t start, end, next = (off_t)at, left = (off_t)most;
	int in = ovl_open_regular(from, O_RDONLY, &below);
	if (in < 0)
		return in;
	int out = open_own(to, O_RDWR, ino, &above);
	if (out < 0) {
		close(in);
		return out;
	}
	int error = below.st_size == above.st_size ? 0 : -ESTALE;
	while (!error && left > 0) {
		int more = next_data(in, next, &start, &end);
		if (more <= 0) {
			error = more;
			next = below.st_size;
			break;
		}
		if (end - start > left)
			end = start + left;
		error = copy_stretch(in, out, start, end);
		left -= end - start;
		next = end;
	}
	close(in);
	close(out);
	return error ? error : (int64_t)next;
}

static int is_same(const char *a, const char *b, size_t n) {
	return memcmp(a, b, n) == 0;
}

/* Each byte is the other's, or zero. */
static int is_part(const char *a, const char *b, size_t n) {
	for (size_t i = 0; i < n; i++)
		if (a[i] != b[i] && a[i])
			return 0;
	return 1;
}

/* Does this stretch of one file stand so to the other's, which may have a hole there? 1, 0 or a negative errno. */
static int compare_stretch(int one, int other, off_t at, off_t end, char *a, char *b, int (*fits)(const char *, const char *, size_t)) {
	while (at < end) {
		size_t n = end - at < (off_t)PIECE ? (size_t)(end - at) : PIECE;
		int error = read_at(one, a, n, at);
		if (!error)
			error = read_at(other, b, n, at);
		if (error)
			return error;
		if (!fits(a, b, n))
			return 0;
		at += (off_t)n;
	}
	return 1;
}

/* Wherever `one` has data. */
static int compare_data(int one, int other, char *a, char *b, int (*fits)(const char *, const char *, size_t)) {
	off_t start, end = 0;
	int more, same = 1;
	while (same > 0 && (more = next_data(one, end, &start, &end)) != 0)
		same = more < 0 ? more : compare_stretch(one, other, start, end, a, b, fits);
	return same;
}

static int same_where_data(int one, int other, char *a, char *b) {
	return compare_data(one, other, a, b, is_same);
}

static int part_where_data(int one, int other, char *a, char *b) {
	return compare_data(one, other, a, b, is_part);
}

/* Compare two files of one size by `compare`, which gets their descriptors and two pieces of room. */
static int compare_files(const struct ovl_target *one, const struct ovl_target *other, int (*compare)(int, int, char *, char *)) {
	struct stat st, st2;
	int fd = ovl_open_regular(one, O_RDONLY, &st);
	if (fd < 0)
		return fd;
	int fd2 = ovl_open_regular(other, O_RDONLY, &st2);
	char *pieces = malloc(2 * PIECE);
	int same = fd2 < 0 ? fd2 : !pieces ? -ENOMEM : st.st_size == st2.st_size;
	if (same > 0)
		same = compare(fd, fd2, pieces, pieces + PIECE);
	free(pieces);
	close(fd);
	if (fd2 >= 0)
		close(fd2);
	return same;
}

/* A hole is zeros: what both have a hole in need not be read. */
static int same_both_ways(int fd, int fd2, char *a, char *b) {
	int same = same_where_data(fd, fd2, a, b);
	return same > 0 ? same_where_data(fd2, fd, a, b) : same;
}

int ovl_same_data(const struct ovl_target *one, const struct ovl_target *other) {
	return compare_files(one, other, same_both_ways);
}

int ovl_is_part(const struct ovl_target *one, const struct ovl_target *other) {
	return compare_files(one, other, part_where_data);
}

/* The capability last: whatever else changes an inode may take it off. */
static int settle(int fd, const struct ovl_looks *was) {
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & 07777) != (was->mode & 07777) && fchmod(fd, was->mode & 07777) < 0)
		return -errno;
	if (was->capability && fsetxattr(fd, CAPABILITY, was->capability, was->capability_size, 0) < 0)
		return -errno;
	return futimens(fd, was->times) < 0 ? -errno : 0;
}

int ovl_settle(const struct ovl_target *t, const struct ovl_looks *was) {
	struct stat st;
	int fd = open_own(t, O_RDONLY, was->ino, &st);
	if (fd < 0)
		return fd;
	int error = settle(fd, was);
	close(fd);
	return error;
}

static int punch(int fd, off_t size) {
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, size) < 0 ? -errno : 0;
}

int ovl_empty(const struct ovl_target *t, const struct ovl_looks *was) {
	struct stat st;
	int fd = open_own(t, O_RDWR, was->ino, &st);
	if (fd < 0)
		return fd;
	int error = punch(fd, st.st_size > INT64_MAX - BLOCK_MAX ? st.st_size : (st.st_size + BLOCK_MAX) & ~(BLOCK_MAX - 1));
	/* No file of that filesystem is as large: what it has of the last block stays, as zeros. */
	if (error == -EFBIG)
		error = punch(fd, st.st_size);
	if (!error)
		error = settle(fd, was);
	close(fd);
	return error;
}
