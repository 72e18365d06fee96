/* Extended attributes, by the *xattrat system calls of Linux 6.13 or through /proc/self/fd. */
#define _GNU_SOURCE
#include "ovl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Same numbers on every architecture; older headers lack them. */
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#endif
#ifndef SYS_getxattrat
#define SYS_getxattrat 464
#endif
#ifndef SYS_listxattrat
#define SYS_listxattrat 465
#endif
#ifndef SYS_removexattrat
#define SYS_removexattrat 466
#endif

struct args {
	uint64_t value;
	uint32_t size;
	uint32_t flags;
};

static int have_at;

void ovl_xattr_init(void) {
	/* A descriptor that cannot be: EBADF says that the call exists and no filter forbids it. */
	have_at = syscall(SYS_listxattrat, -1, "x", AT_SYMLINK_NOFOLLOW, NULL, 0) < 0 && errno == EBADF;
}

int ovl_xattr_at(int use) {
	if (use >= 0)
		have_at = use;
	return have_at;
}

/* /proc/self/fd/DIR, a magic link to the object itself, or /proc/self/fd/DIR/NAME. */
static int proc_path(char *out, size_t size, int dir, const char *name) {
	int n = name ? snprintf(out, size, "/proc/self/fd/%d/%s", dir, name) : snprintf(out, size, "/proc/self/fd/%d", dir);
	return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static ssize_t list_once(int dir, const char *name, char *list, size_t size) {
	char path[PATH_MAX + 32];
	ssize_t n;
	if (name && have_at) {
		n = syscall(SYS_listxattrat, dir, name, AT_SYMLINK_NOFOLLOW, list, size);
	} else {
		int error = proc_path(path, sizeof path, dir, name);
		if (error)
			return error;
		n = name ? llistxattr(path, list, size) : listxattr(path, list, size);
	}
	return n < 0 ? -errno : n;
}

ssize_t ovl_xattr_list(int dir, const char *name, char *list, size_t size) {
	/* The kernel makes a buffer as large as is asked for, each time; nearly every list is short. */
	size_t some = size < 1024 ? size : 1024;
	ssize_t n = list_once(dir, name, list, some);
	return n == -ERANGE && some < size ? list_once(dir, name, list, size) : n;
}

ssize_t ovl_xattr_get(int dir, const char *name, const char *attr, void *value, size_t size) {
	char path[PATH_MAX + 32];
	ssize_t n;
	if (name && have_at) {
		struct args args = {.value = (uint64_t)(uintptr_t)value, .size = (uint32_t)size};
		n = syscall(SYS_getxattrat, dir, name, AT_SYMLINK_NOFOLLOW, attr, &args, sizeof args);
	} else {
		int error = proc_path(path, sizeof path, dir, name);
		if (error)
			return error;
		n = name ? lgetxattr(path, attr, value, size) : getxattr(path, attr, value, size);
	}
	return n < 0 ? -errno : n;
}

ssize_t ovl_xattr_append(struct ovl_bytes *b, int dir, const char *name, const char *attr) {
	/* Nearly every overlay value is short; ask again for the rest. */
	size_t size = 256;
	for (;;) {
		if (!ovl_reserve(b, size))
			return -ENOMEM;
		ssize_t n = ovl_xattr_get(dir, name, attr, b->p + b->len, size);
		if (n != -ERANGE || size >= OVL_XATTR_MAX)
			return n;
		size = OVL_XATTR_MAX;
	}
}

static long set_at(int dir, const char *name, const char *attr, const void *value, size_t size) {
	struct args args = {.value = (uint64_t)(uintptr_t)value, .size = (uint32_t)size};
	return value ? syscall(SYS_setxattrat, dir, name, AT_SYMLINK_NOFOLLOW, attr, &args, sizeof args)
		     : syscall(SYS_removexattrat, dir, name, AT_SYMLINK_NOFOLLOW, attr);
}

int ovl_xattr_set(int dir, const char *name, const char *attr, const void *value, size_t size) {
	char path[PATH_MAX + 32];
	if (name && have_at)
		return set_at(dir, name, attr, value, size) < 0 ? -errno : 0;
	int error = proc_path(path, sizeof path, dir, name);
	if (error)
		return error;
	if (value)
		error = name ? lsetxattr(path, attr, value, size, 0) : setxattr(path, attr, value, size, 0);
	else
		error = name ? lremovexattr(path, attr) : removexattr(path, attr);
	return error < 0 ? -errno : 0;
}
