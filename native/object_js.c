/* examine, examineHandle and glance: one object at once; openDirectory. */
#define _GNU_SOURCE
#include "js.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * An object is packed into a Buffer of the caller's (FORMAT.md): a property made from here costs
 * more than the system calls that read it.
 */
enum { OBJECT_SIZE = 88 };

struct head {
	double dev, ino, mode, nlink, size, rdev;
	int64_t ctime_ns;
	int32_t xattr_error, handle_error;
	uint32_t handle_type, handle_size, path_size;
	int32_t path_error;
	uint32_t xattr_count, unused;
};
_Static_assert(sizeof(struct head) == OBJECT_SIZE, "see FORMAT.md");

static int put(struct ovl_bytes *b, const void *p, size_t n) {
	if (!ovl_reserve(b, n + 4))
		return 0;
	memcpy(b->p + b->len, p, n);
	b->len += n;
	while (b->len & 3)
		b->p[b->len++] = 0;
	return 1;
}

static void put_xattrs(struct ovl_bytes *b, struct head *h, int fd, const char *prefix, size_t prefix_len) {
	static __thread char *list;
	if (!list && !(list = malloc(OVL_XATTR_MAX))) {
		b->failed = 1;
		return;
	}
	ssize_t n = ovl_xattr_list(fd, NULL, list, OVL_XATTR_MAX);
	h->xattr_error = n < 0 ? (int32_t)n : 0;
	for (const char *at = list; at < list + (n < 0 ? 0 : n); at += strlen(at) + 1) {
		if (strncmp(at, prefix, prefix_len))
			continue;
		const char *rest = at + prefix_len;
		uint32_t lengths[2] = {(uint32_t)strlen(rest), 0};
		size_t start = b->len;
		if (!put(b, lengths, sizeof lengths) || !put(b, rest, lengths[0]))
			return;
		ssize_t got = ovl_xattr_append(b, fd, NULL, at);
		lengths[1] = (uint32_t)(int32_t)got;
		memcpy(b->p + start, lengths, sizeof lengths);
		if (got > 0)
			b->len += (size_t)got;
		if (!put(b, "", 0))
			return;
		h->xattr_count++;
	}
}

/* What there is to know of O_PATH descriptor `fd`, which is closed. `root` < 0: its path is not asked for. */
static napi_value describe(napi_env env, int fd, int root, napi_value prefix_value, napi_value scratch) {
	/* Only grows: an object is read at a time, and the next one needs the room again. */
	static __thread struct ovl_bytes packed;
	struct head h = {.path_error = 0};
	struct ovl_handle handle = {.size = 0, .type = 0};
	struct ovl_bytes path = {0};
	struct stat st;
	size_t prefix_len, room;
	const char *to;
	int error = fstat(fd, &st) < 0 ? -errno : 0;
	char *prefix = NULL;
	if (!error && (!js_to_bytes(env, scratch, &to, &room) || !(prefix = js_to_text(env, prefix_value, &prefix_len)))) {
		close(fd);
		return NULL;
	}
	if (error) {
		close(fd);
		return js_int(env, error);
	}
	h.dev = (double)st.st_dev;
	h.ino = (double)st.st_ino;
	h.mode = st.st_mode;
	h.nlink = (double)st.st_nlink;
	h.size = (double)st.st_size;
	h.rdev = (double)st.st_rdev;
	h.ctime_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec;
	h.handle_error = ovl_handle_of(fd, "", &handle);
	if (h.handle_error)
		handle.size = 0, handle.type = 0;
	h.handle_type = (uint32_t)handle.type;
	h.handle_size = handle.size;
	if (root >= 0 && S_ISDIR(st.st_mode))
		h.path_error = ovl_path_below(root, fd, &path);
	h.path_size = h.path_error ? 0 : (uint32_t)path.len;
	packed.len = 0;
	packed.failed = 0;
	put(&packed, &h, sizeof h);
	put(&packed, handle.bytes, handle.size);
	put(&packed, path.p ? (const void *)path.p : "", h.path_size);
	if (!packed.failed)
		put_xattrs(&packed, &h, fd, prefix, prefix_len);
	close(fd);
	free(path.p);
	free(prefix);
	if (packed.failed)
		return js_int(env, -ENOMEM);
	memcpy(packed.p, &h, sizeof h);
	if (packed.len <= room)
		memcpy((char *)to, packed.p, packed.len);
	return js_int(env, (int64_t)packed.len);
}

napi_value js_examine(napi_env env, napi_callback_info info) {
	napi_value args[4];
	int64_t root;
	const char *path;
	size_t n;
	js_args(env, info, 4, args);
	if (!js_to_int(env, args[0], &root) || !js_to_bytes(env, args[1], &path, &n))
		return NULL;
	int fd = ovl_open_below((int)root, path, n, O_PATH | O_NOFOLLOW);
	return fd < 0 ? js_int(env, fd) : describe(env, fd, -1, args[2], args[3]);
}

napi_value js_examine_handle(napi_env env, napi_callback_info info) {
	napi_value args[5];
	int64_t root, type;
	const char *bytes;
	size_t n;
	js_args(env, info, 5, args);
	if (!js_to_int(env, args[0], &root) || !js_to_int(env, args[1], &type) || !js_to_bytes(env, args[2], &bytes, &n))
		return NULL;
	int fd = ovl_open_handle((int)root, (int)type, (const unsigned char *)bytes, n);
	return fd < 0 ? js_int(env, fd) : describe(env, fd, (int)root, args[3], args[4]);
}

enum { GLANCE_SIZE = 48 };

struct glance {
	double dev, ino, mode, rdev;
	int64_t ctime_ns;
	int32_t value, unused;
};
_Static_assert(sizeof(struct glance) == GLANCE_SIZE, "see FORMAT.md");

napi_value js_glance(napi_env env, napi_callback_info info) {
	static __thread struct ovl_bytes value;
	napi_value args[4];
	struct ovl_target t;
	const char *to;
	int64_t root;
	size_t room, n;
	napi_valuetype type;
	char *name = NULL;
	js_args(env, info, 4, args);
	if (!js_to_int(env, args[0], &root) || !js_to_bytes(env, args[1], &t.path, &t.len) ||
	    !js_to_bytes(env, args[3], &to, &room) || napi_typeof(env, args[2], &type) != napi_ok ||
	    (type != napi_null && !(name = js_to_text(env, args[2], &n))))
		return NULL;
	t.root = (int)root;
	value.len = 0;
	struct stat st;
	ssize_t got = -ENODATA;
	int error = ovl_glance(&t, name, &st, &value, &got);
	free(name);
	if (error)
		return js_int(env, error);
	struct glance g = {
		.dev = (double)st.st_dev,
		.ino = (double)st.st_ino,
		.mode = st.st_mode,
		.rdev = (double)st.st_rdev,
		.ctime_ns = (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec,
		.value = (int32_t)got,
	};
	size_t size = got > 0 ? (size_t)got : 0;
	if (room >= sizeof g + size) {
		memcpy((char *)to, &g, sizeof g);
		memcpy((char *)to + sizeof g, value.p ? (const void *)value.p : "", size);
	}
	return js_int(env, (int64_t)(sizeof g + size));
}

napi_value js_open_directory(napi_env env, napi_callback_info info) {
	napi_value args[2];
	int64_t root;
	const char *path;
	size_t n;
	js_args(env, info, 2, args);
	if (!js_to_int(env, args[0], &root) || !js_to_bytes(env, args[1], &path, &n))
		return NULL;
	return js_int(env, ovl_open_below((int)root, path, n, O_PATH | O_DIRECTORY));
}
