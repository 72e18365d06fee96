/* examine, examineHandle and list: one object or one piece of a directory, at once. */
#define _GNU_SOURCE
#include "js.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int set_xattrs(napi_env env, napi_value out, int fd, const char *prefix, size_t prefix_len) {
	napi_value map, pair[2], global, make, set;
	struct ovl_bytes value = {0};
	char *list = malloc(OVL_XATTR_MAX);
	napi_get_global(env, &global);
	if (!list || !js_get(env, global, "Map", &make) || napi_new_instance(env, make, 0, NULL, &map) != napi_ok ||
	    !js_get(env, map, "set", &set)) {
		free(list);
		return -ENOMEM;
	}
	ssize_t n = ovl_xattr_list(fd, NULL, list, OVL_XATTR_MAX);
	for (const char *at = list; at < list + (n < 0 ? 0 : n); at += strlen(at) + 1) {
		if (strncmp(at, prefix, prefix_len))
			continue;
		ssize_t got = ovl_xattr_append(&value, fd, NULL, at);
		napi_create_string_utf8(env, at + prefix_len, NAPI_AUTO_LENGTH, &pair[0]);
		pair[1] = got < 0 ? js_int(env, got) : js_bytes(env, value.p, (size_t)got);
		napi_call_function(env, map, set, 2, pair, NULL);
	}
	free(value.p);
	free(list);
	js_set(env, out, "xattrs", map);
	js_set(env, out, "xattrError", js_int(env, n < 0 ? n : 0));
	return 0;
}

/* What there is to know of O_PATH descriptor `fd`, which is closed. */
static napi_value describe(napi_env env, int fd, napi_value prefix_value, napi_value *object) {
	struct stat st;
	struct ovl_handle h;
	napi_value out, handle, time;
	size_t prefix_len;
	if (fstat(fd, &st) < 0)
		return js_int(env, -errno);
	char *prefix = js_to_text(env, prefix_value, &prefix_len);
	if (!prefix)
		return NULL;
	napi_create_object(env, &out);
	js_set(env, out, "dev", js_double(env, (double)st.st_dev));
	js_set(env, out, "ino", js_double(env, (double)st.st_ino));
	js_set(env, out, "mode", js_int(env, st.st_mode));
	js_set(env, out, "nlink", js_double(env, (double)st.st_nlink));
	js_set(env, out, "size", js_double(env, (double)st.st_size));
	js_set(env, out, "rdev", js_double(env, (double)st.st_rdev));
	napi_create_bigint_int64(env, (int64_t)st.st_ctim.tv_sec * 1000000000 + st.st_ctim.tv_nsec, &time);
	js_set(env, out, "ctimeNs", time);
	int error = set_xattrs(env, out, fd, prefix, prefix_len);
	free(prefix);
	if (error)
		return js_int(env, error);
	error = ovl_handle_of(fd, "", &h);
	if (error) {
		handle = js_int(env, error);
	} else {
		napi_create_object(env, &handle);
		js_set(env, handle, "type", js_int(env, h.type));
		js_set(env, handle, "bytes", js_bytes(env, h.bytes, h.size));
	}
	js_set(env, out, "handle", handle);
	*object = out;
	return out;
}

napi_value js_examine(napi_env env, napi_callback_info info) {
	napi_value args[3], object = NULL;
	int64_t root;
	const char *path;
	size_t n;
	js_args(env, info, 3, args);
	if (!js_to_int(env, args[0], &root) || !js_to_bytes(env, args[1], &path, &n))
		return NULL;
	int fd = ovl_open_below((int)root, path, n, O_PATH | O_NOFOLLOW);
	if (fd < 0)
		return js_int(env, fd);
	napi_value out = describe(env, fd, args[2], &object);
	close(fd);
	return out;
}

napi_value js_examine_handle(napi_env env, napi_callback_info info) {
	napi_value args[4], object = NULL, mode;
	int64_t root, type;
	const char *bytes;
	size_t n;
	js_args(env, info, 4, args);
	if (!js_to_int(env, args[0], &root) || !js_to_int(env, args[1], &type) || !js_to_bytes(env, args[2], &bytes, &n))
		return NULL;
	int fd = ovl_open_handle((int)root, (int)type, (const unsigned char *)bytes, n);
	if (fd < 0)
		return js_int(env, fd);
	napi_value out = describe(env, fd, args[3], &object);
	if (object) {
		struct ovl_bytes path = {0};
		int64_t bits = 0;
		int error = 0;
		if (js_get(env, object, "mode", &mode) && js_to_int(env, mode, &bits) && S_ISDIR(bits))
			error = ovl_path_below((int)root, fd, &path);
		js_set(env, object, "path", js_bytes(env, path.p ? (const void *)path.p : "", error ? 0 : path.len));
		js_set(env, object, "pathError", js_int(env, error));
		free(path.p);
	}
	close(fd);
	return out;
}

static napi_value typed(napi_env env, napi_typedarray_type type, const void *p, size_t count, size_t width) {
	napi_value buffer, out = NULL;
	void *data;
	if (napi_create_arraybuffer(env, count * width, &data, &buffer) != napi_ok)
		return NULL;
	if (count)
		memcpy(data, p, count * width);
	napi_create_typedarray(env, type, count, buffer, 0, &out);
	return out;
}

struct listed {
	struct ovl_bytes names, ends, types, inos;
	uint32_t untyped;
};

static int take(struct listed *to, const struct ovl_listing *l, const struct ovl_dirent *d) {
	struct stat st;
	unsigned char type = d->type;
	to->untyped += type == DT_UNKNOWN;
	if (type == DT_UNKNOWN && fstatat(l->fd, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		type = IFTODT(st.st_mode);
	if (!ovl_reserve(&to->names, d->name_len) || !ovl_reserve(&to->ends, 4) || !ovl_reserve(&to->types, 1) ||
	    !ovl_reserve(&to->inos, 8))
		return -ENOMEM;
	memcpy(to->names.p + to->names.len, d->name, d->name_len);
	to->names.len += d->name_len;
	uint32_t end = (uint32_t)to->names.len;
	double ino = (double)d->ino;
	memcpy(to->ends.p + to->ends.len, &end, 4);
	to->ends.len += 4;
	to->types.p[to->types.len++] = type;
	memcpy(to->inos.p + to->inos.len, &ino, 8);
	to->inos.len += 8;
	return 0;
}

napi_value js_list(napi_env env, napi_callback_info info) {
	napi_value args[4], out;
	int64_t root, resume, max;
	const char *path;
	size_t n;
	int error = -EBADF, more = 0;
	struct listed to = {0};
	struct ovl_dirent d;
	js_args(env, info, 4, args);
	if (!js_to_int(env, args[0], &root) || !js_to_bytes(env, args[1], &path, &n) || !js_to_int(env, args[2], &resume) ||
	    !js_to_int(env, args[3], &max))
		return NULL;
	struct ovl_listing *l =
		resume ? ovl_listing_take((uint32_t)resume) : ovl_listing_open((int)root, path, n, &error);
	if (!l)
		return js_int(env, error);
	error = 0;
	for (int64_t i = 0; i < max && !error; i++) {
		more = ovl_listing_next(l, &d);
		if (more <= 0)
			break;
		error = take(&to, l, &d);
	}
	if (more < 0)
		error = more;
	uint32_t token = 0;
	if (more > 0 && !error)
		token = ovl_listing_park(l);
	else
		ovl_listing_free(l);
	size_t count = to.types.len;
	if (error) {
		out = js_int(env, error);
	} else {
		napi_create_object(env, &out);
		js_set(env, out, "names", js_bytes(env, to.names.p ? (const void *)to.names.p : "", to.names.len));
		js_set(env, out, "ends", typed(env, napi_uint32_array, to.ends.p, count, 4));
		js_set(env, out, "types", typed(env, napi_uint8_array, to.types.p, count, 1));
		js_set(env, out, "inos", typed(env, napi_float64_array, to.inos.p, count, 8));
		js_set(env, out, "resume", js_int(env, token));
		js_set(env, out, "untyped", js_int(env, to.untyped));
	}
	free(to.names.p);
	free(to.ends.p);
	free(to.types.p);
	free(to.inos.p);
	return out;
}
