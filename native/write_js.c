/* The functions of src/lib/host/native-writer.ts: arguments taken apart, write.c and writable.c called. */
#define _GNU_SOURCE
#include "js.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* read() refuses what is larger. */
#define FILE_MAX ((uint64_t)1 << 30)

int js_to_target(napi_env env, const napi_value *args, struct ovl_target *to) {
	int64_t root;
	if (!js_to_int(env, args[0], &root) || !js_to_bytes(env, args[1], &to->path, &to->len))
		return 0;
	to->root = (int)root;
	return 1;
}

static int one_target(napi_env env, napi_callback_info info, struct ovl_target *to) {
	napi_value args[2];
	js_args(env, info, 2, args);
	return js_to_target(env, args, to);
}

static napi_value two_targets(napi_env env, napi_callback_info info,
			      int (*call)(const struct ovl_target *, const struct ovl_target *)) {
	napi_value args[4];
	struct ovl_target from, to;
	js_args(env, info, 4, args);
	return js_to_target(env, args, &from) && js_to_target(env, args + 2, &to) ? js_int(env, call(&from, &to)) : NULL;
}

int js_to_double(napi_env env, napi_value v, double *to) {
	if (napi_get_value_double(env, v, to) == napi_ok)
		return 1;
	napi_throw_type_error(env, NULL, "expected a number");
	return 0;
}

/* Device and inode, two arguments. */
static int to_identity(napi_env env, const napi_value *args, struct ovl_identity *to) {
	return js_to_double(env, args[0], &to->dev) && js_to_double(env, args[1], &to->ino);
}

/* A copy that ends in NUL; NULL where there is one within, or no memory. Free it. */
static char *to_path(const char *bytes, size_t n) {
	return memchr(bytes, 0, n) ? NULL : strndup(bytes, n);
}

static napi_value open_writable(napi_env env, napi_callback_info info) {
	napi_value args[6], out;
	const char *upper, *work;
	size_t upper_len, work_len;
	struct ovl_identity want_upper, want_work;
	int upper_fd, work_fd;
	js_args(env, info, 6, args);
	if (!js_to_bytes(env, args[0], &upper, &upper_len) || !js_to_bytes(env, args[1], &work, &work_len) ||
	    !to_identity(env, args + 2, &want_upper) || !to_identity(env, args + 4, &want_work))
		return NULL;
	char *upper_path = to_path(upper, upper_len), *work_path = to_path(work, work_len);
	int error = upper_path && work_path
		? ovl_open_writable(upper_path, work_path, &want_upper, &want_work, &upper_fd, &work_fd)
		: -EINVAL;
	free(upper_path);
	free(work_path);
	if (error)
		return js_int(env, error);
	napi_create_object(env, &out);
	js_set(env, out, "upper", js_int(env, upper_fd));
	js_set(env, out, "work", js_int(env, work_fd));
	return out;
}

static napi_value open_writable_layer(napi_env env, napi_callback_info info) {
	napi_value args[4];
	const char *bytes;
	size_t n;
	struct ovl_identity want;
	int64_t upper;
	js_args(env, info, 4, args);
	if (!js_to_bytes(env, args[0], &bytes, &n) || !to_identity(env, args + 1, &want) ||
	    !js_to_int(env, args[3], &upper))
		return NULL;
	char *path = to_path(bytes, n);
	int fd = path ? ovl_open_writable_layer(path, &want, (int)upper) : -EINVAL;
	free(path);
	return js_int(env, fd);
}

static napi_value open_owned(napi_env env, napi_callback_info info) {
	struct ovl_target t;
	return one_target(env, info, &t) ? js_int(env, ovl_open_owned(&t)) : NULL;
}

static napi_value set_xattr(napi_env env, napi_callback_info info) {
	napi_value args[4];
	struct ovl_target t;
	const char *name, *value = NULL;
	size_t name_len, n = 0;
	napi_valuetype type;
	js_args(env, info, 4, args);
	if (!js_to_target(env, args, &t) || !js_to_bytes(env, args[2], &name, &name_len) ||
	    napi_typeof(env, args[3], &type) != napi_ok || (type != napi_null && !js_to_bytes(env, args[3], &value, &n)))
		return NULL;
	char *attr = to_path(name, name_len);
	/* An empty value may come without an address, and is a value all the same. */
	int error = attr ? ovl_set_xattr(&t, attr, type != napi_null && !value ? "" : value, n) : -EINVAL;
	free(attr);
	return js_int(env, error);
}

static napi_value make_link(napi_env env, napi_callback_info info) {
	return two_targets(env, info, ovl_link);
}

static napi_value move(napi_env env, napi_callback_info info) {
	return two_targets(env, info, ovl_rename);
}

static napi_value remove_name(napi_env env, napi_callback_info info) {
	struct ovl_target t;
	return one_target(env, info, &t) ? js_int(env, ovl_unlink(&t, 0)) : NULL;
}

static napi_value remove_directory(napi_env env, napi_callback_info info) {
	struct ovl_target t;
	return one_target(env, info, &t) ? js_int(env, ovl_unlink(&t, AT_REMOVEDIR)) : NULL;
}

static napi_value make_whiteout(napi_env env, napi_callback_info info) {
	struct ovl_target t;
	return one_target(env, info, &t) ? js_int(env, ovl_whiteout(&t)) : NULL;
}

static napi_value make_directory(napi_env env, napi_callback_info info) {
	napi_value args[3];
	struct ovl_target t;
	int64_t mode;
	js_args(env, info, 3, args);
	if (!js_to_target(env, args, &t) || !js_to_int(env, args[2], &mode))
		return NULL;
	return js_int(env, ovl_mkdir(&t, (mode_t)mode & 07777));
}

int js_to_times(napi_env env, napi_value v, int64_t **out) {
	napi_typedarray_type type;
	size_t n;
	void *p;
	if (napi_get_typedarray_info(env, v, &type, &n, &p, NULL, NULL) == napi_ok && type == napi_bigint64_array &&
	    n == 4) {
		*out = p;
		return 1;
	}
	napi_throw_type_error(env, NULL, "expected four 64-bit integers");
	return 0;
}

static napi_value get_times(napi_env env, napi_callback_info info) {
	napi_value args[3];
	struct ovl_target t;
	struct timespec times[2];
	int64_t *out;
	js_args(env, info, 3, args);
	if (!js_to_target(env, args, &t) || !js_to_times(env, args[2], &out))
		return NULL;
	int error = ovl_times(&t, times);
	for (int i = 0; i < 2 && !error; i++) {
		out[2 * i] = times[i].tv_sec;
		out[2 * i + 1] = times[i].tv_nsec;
	}
	return js_int(env, error);
}

static napi_value set_times(napi_env env, napi_callback_info info) {
	napi_value args[3];
	struct ovl_target t;
	int64_t *from;
	js_args(env, info, 3, args);
	if (!js_to_target(env, args, &t) || !js_to_times(env, args[2], &from))
		return NULL;
	struct timespec times[2] = {
		{.tv_sec = (time_t)from[0], .tv_nsec = (long)from[1]},
		{.tv_sec = (time_t)from[2], .tv_nsec = (long)from[3]},
	};
	return js_int(env, ovl_set_times(&t, times));
}

static napi_value append(napi_env env, napi_callback_info info) {
	napi_value args[3];
	struct ovl_target t;
	const char *bytes;
	size_t n;
	js_args(env, info, 3, args);
	if (!js_to_target(env, args, &t) || !js_to_bytes(env, args[2], &bytes, &n))
		return NULL;
	return js_int(env, ovl_append(&t, bytes, n));
}

static napi_value read_file(napi_env env, napi_callback_info info) {
	napi_value out = NULL;
	struct ovl_target t;
	uint64_t size;
	if (!one_target(env, info, &t))
		return NULL;
	int fd = ovl_open_file(&t, &size);
	if (fd < 0)
		return js_int(env, fd);
	char *bytes = size <= FILE_MAX ? malloc(size ? size : 1) : NULL;
	ssize_t n = bytes ? ovl_read_all(fd, bytes, size) : size <= FILE_MAX ? -ENOMEM : -EFBIG;
	close(fd);
	out = n < 0 ? js_int(env, n) : js_bytes(env, bytes, (size_t)n);
	free(bytes);
	return out;
}

static napi_value sync_object(napi_env env, napi_callback_info info) {
	struct ovl_target t;
	return one_target(env, info, &t) ? js_int(env, ovl_sync(&t)) : NULL;
}

static int to_fd(napi_env env, napi_callback_info info, int *fd) {
	napi_value arg;
	int64_t v;
	js_args(env, info, 1, &arg);
	if (!js_to_int(env, arg, &v))
		return 0;
	*fd = (int)v;
	return 1;
}

static napi_value lock(napi_env env, napi_callback_info info) {
	int fd;
	if (!to_fd(env, info, &fd))
		return NULL;
	return js_int(env, flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0);
}

static napi_value sync_all(napi_env env, napi_callback_info info) {
	int fd;
	if (!to_fd(env, info, &fd))
		return NULL;
	return js_int(env, syncfs(fd) < 0 ? -errno : 0);
}

static napi_value space(napi_env env, napi_callback_info info) {
	napi_value out, none = NULL;
	struct statvfs fs;
	int fd;
	if (!to_fd(env, info, &fd))
		return NULL;
	if (fstatvfs(fd, &fs) < 0)
		return js_int(env, -errno);
	napi_create_object(env, &out);
	js_set(env, out, "bytes", js_double(env, (double)fs.f_bfree * (double)fs.f_frsize));
	napi_get_null(env, &none);
	/* A filesystem that makes inodes as it needs them, such as btrfs, says that it has none at all. */
	js_set(env, out, "inodes", fs.f_files ? js_double(env, (double)fs.f_ffree) : none);
	return out;
}

napi_value js_writer(napi_env env) {
	static const struct {
		const char *name;
		napi_callback call;
	} table[] = {
		{"openWritable", open_writable}, {"openWritableLayer", open_writable_layer}, {"setXattr", set_xattr},
		{"link", make_link},             {"rename", move},                           {"unlink", remove_name},
		{"rmdir", remove_directory},     {"whiteout", make_whiteout},                {"mkdir", make_directory},
		{"times", get_times},            {"setTimes", set_times},                    {"append", append},
		{"read", read_file},             {"sync", sync_object},                      {"lock", lock},
		{"syncAll", sync_all},           {"space", space},                           {"openOwned", open_owned},
		{"copyData", js_copy_data},      {"dress", js_dress}, {"settle", js_settle},                      {"empty", js_empty},
	};
	napi_value out = NULL;
	if (napi_create_object(env, &out) != napi_ok)
		return NULL;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		js_add(env, out, table[i].name, table[i].call);
	return out;
}
