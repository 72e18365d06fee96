/* File handles, and the path of a directory that was reached by one. */
#define _GNU_SOURCE
#include "ovl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

union any_handle {
	struct file_handle head;
	unsigned char room[sizeof(struct file_handle) + OVL_HANDLE_MAX];
};

int ovl_handle_of(int dir, const char *name, struct ovl_handle *out) {
	union any_handle h;
	int mount_id;
	h.head.handle_bytes = OVL_HANDLE_MAX;
	if (name_to_handle_at(dir, name, &h.head, &mount_id, *name ? 0 : AT_EMPTY_PATH) < 0)
		return -errno;
	out->size = h.head.handle_bytes;
	out->type = h.head.handle_type;
	memcpy(out->bytes, h.head.f_handle, h.head.handle_bytes);
	return 0;
}

int ovl_open_handle(int root, int type, const unsigned char *bytes, size_t len) {
	union any_handle h;
	/* The system call says EINVAL here; to a handle's holder it is one that leads nowhere. */
	if (len == 0 || len > OVL_HANDLE_MAX)
		return -ESTALE;
	h.head.handle_bytes = (unsigned)len;
	h.head.handle_type = type;
	memcpy(h.head.f_handle, bytes, len);
	int fd = open_by_handle_at(root, &h.head, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static ssize_t proc_link(int fd, char *out, size_t size) {
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(path, out, size);
	return n < 0 ? -errno : n;
}

static int prepend(struct ovl_bytes *b, const char *name, size_t n) {
	int slash = b->len > 0;
	if (!ovl_reserve(b, n + 1))
		return -ENOMEM;
	memmove(b->p + n + (slash ? 1 : 0), b->p, b->len);
	memcpy(b->p, name, n);
	if (slash)
		b->p[n] = '/';
	b->len += n + (slash ? 1 : 0);
	return 0;
}

/* The name that directory (dev, ino) has in `parent`. */
static int prepend_name(struct ovl_bytes *b, int parent, dev_t dev, ino_t ino) {
	struct ovl_dirent d;
	struct stat st;
	int error, found = 0;
	struct ovl_listing *l = ovl_listing_open(parent, "", 0, &error);
	if (!l)
		return error;
	while (!found && (error = ovl_listing_next(l, &d)) > 0) {
		if (d.type != DT_DIR && d.type != DT_UNKNOWN)
			continue;
		/* A subvolume's d_ino may differ from its st_ino: where devices differ, ask. */
		if (d.ino != ino && l->dev == dev)
			continue;
		if (fstatat(l->fd, d.name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != dev || st.st_ino != ino)
			continue;
		error = prepend(b, d.name, d.name_len);
		found = 1;
	}
	ovl_listing_free(l);
	if (error < 0)
		return error;
	return found ? 0 : -ESTALE;
}

/* 1: fd is the root; 0: it is below it; -EXDEV: it is not; else a negative errno. */
static int position(int root, int fd, const struct stat *top, const struct stat *st) {
	char base[PATH_MAX], here[PATH_MAX];
	if (st->st_dev == top->st_dev && st->st_ino == top->st_ino)
		return 1;
	/* In a mount of a subtree the kernel refuses ".." to a parent outside it with ENOENT. */
	int up = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (up < 0)
		return errno == ENOENT ? -EXDEV : -errno;
	close(up);
	/* Without a clone the root has a path like any other directory: it must be a prefix. */
	ssize_t n = proc_link(root, base, sizeof base);
	if (n < 0)
		return (int)n;
	if (n == 1 && base[0] == '/')
		return 0;
	ssize_t m = proc_link(fd, here, sizeof here);
	if (m == -ENAMETOOLONG)
		return 0;
	if (m < 0)
		return (int)m;
	return m > n && here[n] == '/' && memcmp(base, here, (size_t)n) == 0 ? 0 : -EXDEV;
}

/* A path of /proc may be that of a removed directory, or of one that moved meanwhile: walk it. */
static int leads_to(int root, const struct ovl_bytes *path, int fd) {
	struct stat want, got;
	int there = ovl_open_below(root, path->len ? (const char *)path->p : "", path->len, O_PATH | O_DIRECTORY);
	if (there < 0)
		return there == -ENOENT || there == -ENOTDIR || there == -ELOOP ? -ESTALE : there;
	int error = fstat(fd, &want) < 0 || fstat(there, &got) < 0 ? -errno : 0;
	close(there);
	if (error)
		return error;
	return want.st_dev == got.st_dev && want.st_ino == got.st_ino ? 0 : -ESTALE;
}

int ovl_path_below(int root, int fd, struct ovl_bytes *out) {
	char base[PATH_MAX], here[PATH_MAX];
	struct stat top, st;
	out->len = 0;
	if (fstat(root, &top) < 0 || fstat(fd, &st) < 0)
		return -errno;
	int result = position(root, fd, &top, &st);
	if (result < 0)
		return result;
	int at = fd;
	/* /proc tells paths up to a page; above that, name by name up to where it does. */
	while (result == 0) {
		ssize_t n = proc_link(at, here, sizeof here);
		if (n >= 0) {
			ssize_t skip = proc_link(root, base, sizeof base);
			if (skip < 0) {
				result = (int)skip;
				break;
			}
			skip = skip == 1 ? 1 : skip + 1;
			result = n > skip ? prepend(out, here + skip, (size_t)(n - skip)) : -EXDEV;
			break;
		}
		if (n != -ENAMETOOLONG) {
			result = (int)n;
			break;
		}
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (up < 0) {
			result = -errno;
			break;
		}
		result = prepend_name(out, up, st.st_dev, st.st_ino);
		if (at != fd)
			close(at);
		at = up;
		if (result == 0 && fstat(at, &st) < 0)
			result = -errno;
	}
	if (at != fd)
		close(at);
	if (result < 0)
		return result;
	return leads_to(root, out, fd);
}
