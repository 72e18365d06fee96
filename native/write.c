/*
 * What changes a layer: each call walks to the parent directory as walk.c does, then makes
 * one *at system call with the last name, which follows nothing.
 */
#define _GNU_SOURCE
#include "ovl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* renameat2(2)'s RENAME_NOREPLACE. */
#define NOREPLACE 1U

/* A last name and the directory that it is in: the root itself, or opened for this. */
struct place {
	int dir;
	char name[NAME_MAX + 1];
};

/* Bytes before the last name, its slash included; or a negative errno where that is no name to act on. */
static ssize_t before_name(const struct ovl_target *t) {
	const char *slash = memrchr(t->path, '/', t->len);
	size_t skip = slash ? (size_t)(slash - t->path) + 1 : 0;
	const char *name = t->path + skip;
	size_t n = t->len - skip;
	if (n == 0 || memchr(name, 0, n) || (name[0] == '.' && (n == 1 || (n == 2 && name[1] == '.'))))
		return -EINVAL;
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	/* As openat2(2) says of an absolute path; here nothing would be left for it to walk. */
	return skip == 1 ? -EXDEV : (ssize_t)skip;
}

static int enter(const struct ovl_target *t, struct place *to) {
	ssize_t skip = before_name(t);
	if (skip < 0)
		return (int)skip;
	memcpy(to->name, t->path + skip, t->len - (size_t)skip);
	to->name[t->len - (size_t)skip] = 0;
	to->dir = skip ? ovl_open_below(t->root, t->path, (size_t)skip - 1, O_PATH | O_DIRECTORY) : t->root;
	return to->dir < 0 ? to->dir : 0;
}

/* `result` of a system call as 0 or a negative errno; the directory is closed. */
static int leave(const struct ovl_target *t, const struct place *from, int result) {
	int error = result < 0 ? -errno : 0;
	if (from->dir != t->root)
		close(from->dir);
	return error;
}

int ovl_open_object(const struct ovl_target *t) {
	ssize_t skip = before_name(t);
	return skip < 0 ? (int)skip : ovl_open_below(t->root, t->path, t->len, O_PATH | O_NOFOLLOW);
}

typedef int two_names(int, const char *, int, const char *);

static int with_two(const struct ovl_target *from, const struct ovl_target *to, two_names *call) {
	struct place a, b;
	int error = enter(from, &a);
	if (error)
		return error;
	error = enter(to, &b);
	if (!error)
		error = leave(to, &b, call(a.dir, a.name, b.dir, b.name));
	leave(from, &a, 0);
	return error;
}

static int call_link(int dir, const char *name, int to_dir, const char *to_name) {
	return linkat(dir, name, to_dir, to_name, 0);
}

static int call_rename(int dir, const char *name, int to_dir, const char *to_name) {
	/* Not every C library has renameat2(): musl got it late. */
	return (int)syscall(SYS_renameat2, dir, name, to_dir, to_name, NOREPLACE);
}

int ovl_link(const struct ovl_target *from, const struct ovl_target *to) {
	return with_two(from, to, call_link);
}

int ovl_rename(const struct ovl_target *from, const struct ovl_target *to) {
	return with_two(from, to, call_rename);
}

int ovl_unlink(const struct ovl_target *t, int flags) {
	struct place at;
	int error = enter(t, &at);
	return error ? error : leave(t, &at, unlinkat(at.dir, at.name, flags));
}

int ovl_whiteout(const struct ovl_target *t) {
	struct place at;
	int error = enter(t, &at);
	/* No permission bits, as vfs_whiteout() makes it. */
	return error ? error : leave(t, &at, mknodat(at.dir, at.name, S_IFCHR, 0));
}

static int is_without(int error) {
	return error == ENODATA || error == EOPNOTSUPP;
}

/* Nothing but "." and ".." in it. The descriptor's offset moves. */
static int is_bare(int fd) {
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		if (copy >= 0)
			close(copy);
		return 0;
	}
	int names = 0;
	while (names < 3 && readdir(dir))
		names++;
	closedir(dir);
	return names == 2;
}

/*
 * Is this the directory that was just made? Whoever may write to the parent can have put another in its place; this
 * process's own user owns what it makes, with no permission beyond those that it asked for, and nothing is in it.
 */
static int is_new(int fd, mode_t mode) {
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == geteuid() && !(st.st_mode & 05777 & ~mode) && is_bare(fd) ? 0 : -ESTALE;
}

/* What a new directory has from its parent (ACLs, setgid, group) and from the umask. */
static int make_plain(int fd, mode_t mode) {
	static const char *const acls[] = {"system.posix_acl_default", "system.posix_acl_access"};
	for (size_t i = 0; i < sizeof acls / sizeof acls[0]; i++)
		if (fremovexattr(fd, acls[i]) < 0 && !is_without(errno))
			return -1;
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -1;
	if ((st.st_uid || st.st_gid) && fchown(fd, 0, 0) < 0)
		return -1;
	return (st.st_mode & 07777) == mode ? 0 : fchmod(fd, mode);
}

int ovl_mkdir(const struct ovl_target *t, mode_t mode) {
	struct place at;
	int error = enter(t, &at);
	if (error)
		return error;
	if (mkdirat(at.dir, at.name, mode) < 0)
		return leave(t, &at, -1);
	int fd = openat(at.dir, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* What is not known to be the one that was made is left where it is. */
	error = fd < 0 ? -errno : is_new(fd, mode);
	if (!error && make_plain(fd, mode) < 0) {
		error = -errno;
		unlinkat(at.dir, at.name, AT_REMOVEDIR);
	}
	if (fd >= 0)
		close(fd);
	leave(t, &at, 0);
	return error;
}

int ovl_glance(const struct ovl_target *t, const char *attr, struct stat *st, struct ovl_bytes *value, ssize_t *got) {
	struct place at = {.dir = t->root};
	int error = t->len ? enter(t, &at) : 0;
	if (error)
		return error;
	error = (t->len ? fstatat(at.dir, at.name, st, AT_SYMLINK_NOFOLLOW) : fstat(at.dir, st)) < 0 ? -errno : 0;
	if (!error && attr)
		*got = t->len ? ovl_xattr_append(value, at.dir, at.name, attr) : ovl_xattr_append(value, at.dir, NULL, attr);
	leave(t, &at, 0);
	return error;
}

int ovl_times(const struct ovl_target *t, struct timespec out[2]) {
	struct place at;
	struct stat st;
	int error = 0;
	if (t->len == 0)
		error = fstat(t->root, &st) < 0 ? -errno : 0;
	else if (!(error = enter(t, &at)))
		error = leave(t, &at, fstatat(at.dir, at.name, &st, AT_SYMLINK_NOFOLLOW));
	if (!error) {
		out[0] = st.st_atim;
		out[1] = st.st_mtim;
	}
	return error;
}

int ovl_set_times(const struct ovl_target *t, const struct timespec times[2]) {
	struct place at;
	if (t->len == 0)
		return futimens(t->root, times) < 0 ? -errno : 0;
	int error = enter(t, &at);
	return error ? error : leave(t, &at, utimensat(at.dir, at.name, times, AT_SYMLINK_NOFOLLOW));
}

int ovl_set_xattr(const struct ovl_target *t, const char *name, const char *value, size_t n) {
	struct place at;
	if (t->len == 0)
		return ovl_xattr_set(t->root, NULL, name, value, n);
	int error = enter(t, &at);
	if (error)
		return error;
	error = ovl_xattr_set(at.dir, at.name, name, value, n);
	leave(t, &at, 0);
	return error;
}

/*
 * A regular file or, where that is asked for, a directory. Seen first and opened then, by way of
 * /proc, which leads to the same object: to open a FIFO would wait, and a device may act on it.
 */
static int open_seen(const struct ovl_target *t, int directories, int flags, struct stat *st) {
	char path[32];
	int at = ovl_open_object(t);
	if (at < 0)
		return at;
	int fd = fstat(at, st) < 0 ? -errno : 0;
	if (fd == 0 && !S_ISREG(st->st_mode) && !(directories && S_ISDIR(st->st_mode)))
		fd = S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
	if (fd == 0) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", at);
		fd = open(path, flags | O_CLOEXEC);
		if (fd < 0)
			fd = -errno;
	}
	close(at);
	return fd;
}

static int write_all(int fd, const char *bytes, size_t n) {
	while (n) {
		ssize_t done = write(fd, bytes, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EIO;
		bytes += done;
		n -= (size_t)done;
	}
	return 0;
}

/* The file did not exist: on failure it does not again. */
static int write_new(const struct ovl_target *t, const char *bytes, size_t n) {
	struct place at;
	int error = enter(t, &at);
	if (error)
		return error;
	int fd = openat(at.dir, at.name, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return leave(t, &at, -1);
	/* Whatever the umask. */
	error = fchmod(fd, 0600) < 0 ? -errno : write_all(fd, bytes, n);
	close(fd);
	if (error)
		unlinkat(at.dir, at.name, 0);
	leave(t, &at, 0);
	return error;
}

int ovl_append(const struct ovl_target *t, const char *bytes, size_t n) {
	struct stat st;
	int fd = open_seen(t, 0, O_WRONLY | O_APPEND, &st);
	if (fd == -ENOENT)
		return write_new(t, bytes, n);
	if (fd < 0)
		return fd;
	int error = write_all(fd, bytes, n);
	/* Nothing can be done where this fails too: what reads the file has to bear a torn end anyway, after a crash. */
	if (error && ftruncate(fd, st.st_size) < 0)
		error = -errno;
	close(fd);
	return error;
}

int ovl_open_regular(const struct ovl_target *t, int flags, struct stat *st) {
	return open_seen(t, 0, flags, st);
}

int ovl_open_file(const struct ovl_target *t, uint64_t *size) {
	struct stat st;
	int fd = ovl_open_regular(t, O_RDONLY, &st);
	*size = fd < 0 ? 0 : (uint64_t)st.st_size;
	return fd;
}

int ovl_open_owned(const struct ovl_target *t) {
	struct stat st;
	int fd = open_seen(t, 1, O_RDONLY, &st);
	if (fd < 0)
		return fd;
	int others = (st.st_uid && st.st_uid != geteuid()) || st.st_mode & (S_IWGRP | S_IWOTH) ||
		     (S_ISREG(st.st_mode) && st.st_nlink != 1);
	if (!others)
		return fd;
	close(fd);
	return -EPERM;
}

ssize_t ovl_read_all(int fd, char *to, size_t n) {
	size_t got = 0;
	while (got < n) {
		ssize_t some = read(fd, to + got, n - got);
		if (some < 0 && errno == EINTR)
			continue;
		if (some < 0)
			return -errno;
		if (some == 0)
			break;
		got += (size_t)some;
	}
	return (ssize_t)got;
}

int ovl_sync(const struct ovl_target *t) {
	struct stat st;
	if (t->len == 0)
		return fsync(t->root) < 0 ? -errno : 0;
	int fd = open_seen(t, 1, O_RDONLY, &st);
	if (fd < 0)
		return fd;
	int error = (S_ISDIR(st.st_mode) ? fsync(fd) : fdatasync(fd)) < 0 ? -errno : 0;
	close(fd);
	return error;
}
