/* Upper and work directory, or one lower layer, opened to be written. */
#define _GNU_SOURCE
#include "ovl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int is_expected(int fd, const struct ovl_identity *want) {
	struct stat st;
	if (fstat(fd, &st) < 0)
		return -errno;
	return (double)st.st_dev == want->dev && (double)st.st_ino == want->ino ? 0 : -ESTALE;
}

static int is_writable(int fd) {
	struct statvfs fs;
	if (fstatvfs(fd, &fs) < 0)
		return -errno;
	return fs.f_flag & ST_RDONLY ? -EROFS : 0;
}

/* `fd` where it is the directory that is meant and can be written, else it is closed: a negative errno. */
static int approve(int fd, const struct ovl_identity *want) {
	if (fd < 0)
		return fd;
	int error = is_expected(fd, want);
	if (!error)
		error = is_writable(fd);
	if (!error)
		return fd;
	ovl_close_layer(fd);
	return error;
}

/* The directory as it is mounted; symlinks are followed, as mount(8) does. */
static int find(const char *path, const struct ovl_identity *want) {
	int at = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return at < 0 ? -errno : approve(at, want);
}

static int open_cloned(const char *path, const struct ovl_identity *want) {
	int at = find(path, want);
	if (at < 0)
		return at;
	int fd = approve(ovl_open_clone(at, 0), want);
	close(at);
	return fd;
}

/*
 * The clone's root is the upper directory, and no path leads from there to another one; its handle does.
 * -EXDEV where it leads elsewhere or nowhere: then it is one of another filesystem.
 */
static int open_beside(int upper, int other, const struct ovl_identity *want) {
	struct ovl_handle handle;
	int error = ovl_handle_of(other, "", &handle);
	if (error)
		return error;
	int at = ovl_open_handle(upper, handle.type, handle.bytes, handle.size);
	if (at < 0)
		return at == -ESTALE ? -EXDEV : at;
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fd = fd < 0 ? -errno : approve(fd, want);
	close(at);
	return fd == -ESTALE || fd == -ENOTDIR ? -EXDEV : fd;
}

int ovl_open_writable(const char *upper, const char *work, const struct ovl_identity *want_upper,
		      const struct ovl_identity *want_work, int *upper_fd, int *work_fd) {
	int at = find(work, want_work);
	if (at < 0)
		return at;
	*upper_fd = open_cloned(upper, want_upper);
	*work_fd = *upper_fd < 0 ? *upper_fd : open_beside(*upper_fd, at, want_work);
	close(at);
	if (*work_fd < 0 && *upper_fd >= 0)
		ovl_close_layer(*upper_fd);
	return *work_fd < 0 ? *work_fd : 0;
}

int ovl_open_writable_layer(const char *path, const struct ovl_identity *want, int upper) {
	int at = find(path, want);
	if (at < 0)
		return at;
	int fd = open_beside(upper, at, want);
	close(at);
	return fd < 0 ? open_cloned(path, want) : fd;
}
