/* All that an object is besides its content and its inode number: read, and given to one that was made anew. */
#define _GNU_SOURCE
#include "ovl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The names are read into `names` (with NULs), one value behind the other into `values`; `each` is called for every pair. */
static int each_xattr(int fd, struct ovl_bytes *names, struct ovl_bytes *values, ovl_xattr_taker *each, void *with) {
	names->len = 0;
	if (!ovl_reserve(names, OVL_XATTR_MAX))
		return -ENOMEM;
	ssize_t size = ovl_xattr_list(fd, NULL, (char *)names->p, OVL_XATTR_MAX);
	if (size < 0)
		return size == -EOPNOTSUPP ? 0 : (int)size;
	for (const char *name = (char *)names->p, *end = name + size; name < end; name += strlen(name) + 1) {
		values->len = 0;
		ssize_t n = ovl_xattr_append(values, fd, NULL, name);
		if (n < 0)
			return (int)n;
		int error = each(with, name, values->p, (size_t)n);
		if (error)
			return error;
	}
	return 0;
}

/* What chattr(1) sets; none where the filesystem knows no flags. Only a directory is opened: a device may act on it. */
static int flags_of(int fd, mode_t mode, unsigned int *flags) {
	*flags = 0;
	if (!S_ISDIR(mode))
		return 0;
	int dir = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	int error = ioctl(dir, FS_IOC_GETFLAGS, flags) < 0 ? -errno : 0;
	close(dir);
	return error == -ENOTTY || error == -EOPNOTSUPP || error == -ENOSYS ? 0 : error;
}

int ovl_attributes(const struct ovl_target *t, struct stat *st, unsigned int *flags, ovl_xattr_taker *each, void *with) {
	static __thread struct ovl_bytes names, values;
	int fd = ovl_open_object(t);
	if (fd < 0)
		return fd;
	int error = fstat(fd, st) < 0 ? -errno : flags_of(fd, st->st_mode, flags);
	if (!error)
		error = each_xattr(fd, &names, &values, each, with);
	close(fd);
	return error;
}

struct wanted {
	int fd;
	const struct ovl_attributes *all;
};

/* Is there no xattr of that name among those that are wanted? It came with the parent's (an ACL) or with a policy. */
static int drop_unwanted(void *with, const char *name, const void *value, size_t n) {
	const struct wanted *w = with;
	(void)value;
	(void)n;
	for (size_t i = 0; i < w->all->count; i++)
		if (!strcmp(w->all->xattrs[i].name, name))
			return 0;
	int error = ovl_xattr_set(w->fd, NULL, name, NULL, 0);
	/* What a security module puts there, and keeps. */
	return error == -ENODATA || error == -EPERM || error == -EACCES || error == -EOPNOTSUPP ? 0 : error;
}

/* By way of /proc, which leads to the object itself, wherever its name is by now. */
static int dress(int fd, const struct ovl_attributes *a) {
	static __thread struct ovl_bytes names, values;
	struct wanted w = {.fd = fd, .all = a};
	char path[32];
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (fchownat(fd, "", a->uid, a->gid, AT_EMPTY_PATH) < 0)
		return -errno;
	int error = each_xattr(fd, &names, &values, drop_unwanted, &w);
	for (size_t i = 0; !error && i < a->count; i++)
		error = ovl_xattr_set(fd, NULL, a->xattrs[i].name, a->xattrs[i].value, a->xattrs[i].size);
	if (error)
		return error;
	/* The mode behind the owner and the ACL, which change it; the times behind all. */
	if (chmod(path, a->mode & 07777) < 0)
		return -errno;
	return utimensat(AT_FDCWD, path, a->times, 0) < 0 ? -errno : 0;
}

/*
 * Nothing but what this program makes anew: a whiteout or an empty directory. Whoever may write to its directory can have
 * put something else in its place, a hard link of a file that is not theirs to change.
 */
static int is_made(int fd, mode_t mode) {
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	if ((st.st_mode & S_IFMT) != (mode & S_IFMT))
		return -ESTALE;
	return S_ISDIR(mode) || (S_ISCHR(mode) && st.st_rdev == 0) ? 0 : -ESTALE;
}

int ovl_dress(const struct ovl_target *t, const struct ovl_attributes *a) {
	int fd = ovl_open_object(t);
	if (fd < 0)
		return fd;
	int error = is_made(fd, a->mode);
	if (!error)
		error = dress(fd, a);
	close(fd);
	return error;
}
