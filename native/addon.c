/*
 * The addon's table of functions, and those of them that are a few lines long.
 * What each returns is in src/lib/host/native.ts.
 */
#define _GNU_SOURCE
#include "js.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

void js_args(napi_env env, napi_callback_info info, size_t want, napi_value *out) {
	napi_get_cb_info(env, info, &want, out, NULL, NULL);
}

napi_value js_int(napi_env env, int64_t v) {
	napi_value out = NULL;
	napi_create_int64(env, v, &out);
	return out;
}

napi_value js_double(napi_env env, double v) {
	napi_value out = NULL;
	napi_create_double(env, v, &out);
	return out;
}

napi_value js_bool(napi_env env, int v) {
	napi_value out = NULL;
	napi_get_boolean(env, v != 0, &out);
	return out;
}

napi_value js_bytes(napi_env env, const void *p, size_t n) {
	napi_value out = NULL;
	napi_create_buffer_copy(env, n, p, NULL, &out);
	return out;
}

void js_set(napi_env env, napi_value object, const char *key, napi_value v) {
	napi_set_named_property(env, object, key, v);
}

void js_add(napi_env env, napi_value object, const char *name, napi_callback call) {
	napi_value f = NULL;
	if (napi_create_function(env, name, NAPI_AUTO_LENGTH, call, NULL, &f) == napi_ok)
		js_set(env, object, name, f);
}

int js_to_int(napi_env env, napi_value v, int64_t *out) {
	if (napi_get_value_int64(env, v, out) == napi_ok)
		return 1;
	napi_throw_type_error(env, NULL, "expected a number");
	return 0;
}

int js_to_bytes(napi_env env, napi_value v, const char **p, size_t *n) {
	bool is_buffer = false;
	void *data = NULL;
	if (napi_is_buffer(env, v, &is_buffer) == napi_ok && is_buffer &&
	    napi_get_buffer_info(env, v, &data, n) == napi_ok) {
		/* An empty Buffer may have no address. */
		*p = *n ? data : "";
		return 1;
	}
	napi_throw_type_error(env, NULL, "expected a Buffer");
	return 0;
}

char *js_to_text(napi_env env, napi_value v, size_t *n) {
	if (napi_get_value_string_utf8(env, v, NULL, 0, n) != napi_ok) {
		napi_throw_type_error(env, NULL, "expected a string");
		return NULL;
	}
	char *p = malloc(*n + 1);
	if (p)
		napi_get_value_string_utf8(env, v, p, *n + 1, n);
	else
		napi_throw_error(env, NULL, "out of memory");
	return p;
}

int js_get(napi_env env, napi_value object, const char *key, napi_value *out) {
	if (napi_get_named_property(env, object, key, out) == napi_ok)
		return 1;
	napi_throw_type_error(env, NULL, "expected an object");
	return 0;
}

static napi_value open_layer(napi_env env, napi_callback_info info) {
	napi_value arg, out;
	const char *path;
	size_t n;
	int cloned = 0, readonly = 0;
	js_args(env, info, 1, &arg);
	if (!js_to_bytes(env, arg, &path, &n))
		return NULL;
	char *copy = memchr(path, 0, n) ? NULL : strndup(path, n);
	int fd = copy ? ovl_open_layer(copy, &cloned, &readonly) : -EINVAL;
	free(copy);
	if (fd < 0)
		return js_int(env, fd);
	napi_create_object(env, &out);
	js_set(env, out, "fd", js_int(env, fd));
	js_set(env, out, "cloned", js_bool(env, cloned));
	js_set(env, out, "readonly", js_bool(env, readonly));
	return out;
}

static napi_value close_fd(napi_env env, napi_callback_info info) {
	napi_value arg;
	int64_t fd;
	js_args(env, info, 1, &arg);
	if (js_to_int(env, arg, &fd))
		ovl_close_layer((int)fd);
	return NULL;
}

static napi_value open_handle(napi_env env, napi_callback_info info) {
	napi_value args[3];
	int64_t root, type;
	const char *bytes;
	size_t n;
	js_args(env, info, 3, args);
	if (!js_to_int(env, args[0], &root) || !js_to_int(env, args[1], &type) || !js_to_bytes(env, args[2], &bytes, &n))
		return NULL;
	return js_int(env, ovl_open_handle((int)root, (int)type, (const unsigned char *)bytes, n));
}

static napi_value fs_uuid(napi_env env, napi_callback_info info) {
	napi_value arg, none = NULL;
	unsigned char uuid[16];
	int64_t fd;
	js_args(env, info, 1, &arg);
	if (!js_to_int(env, arg, &fd))
		return NULL;
	int error = ovl_fs_uuid((int)fd, uuid);
	if (error == -ENODATA)
		napi_get_null(env, &none);
	return error == 0 ? js_bytes(env, uuid, 16) : none ? none : js_int(env, error);
}

static napi_value fs_stat(napi_env env, napi_callback_info info) {
	napi_value arg, out;
	struct statfs fs;
	int64_t fd;
	js_args(env, info, 1, &arg);
	if (!js_to_int(env, arg, &fd))
		return NULL;
	struct statvfs vfs;
	if (fstatfs((int)fd, &fs) < 0 || fstatvfs((int)fd, &vfs) < 0)
		return js_int(env, -errno);
	napi_create_object(env, &out);
	js_set(env, out, "type", js_double(env, (double)(uint32_t)fs.f_type));
	js_set(env, out, "namelen", js_int(env, fs.f_namelen));
	js_set(env, out, "readonly", js_bool(env, (vfs.f_flag & ST_RDONLY) != 0));
	js_set(env, out, "flags", js_int(env, (int64_t)vfs.f_flag));
	return out;
}

static napi_value capabilities(napi_env env, napi_callback_info info) {
	napi_value out = NULL;
	uint64_t bits;
	(void)info;
	napi_create_bigint_uint64(env, ovl_capabilities(&bits) < 0 ? 0 : bits, &out);
	return out;
}

/* For tests of the way through /proc on a kernel that has the newer calls. */
static napi_value xattr_at(napi_env env, napi_callback_info info) {
	napi_value arg;
	int64_t use;
	js_args(env, info, 1, &arg);
	return js_to_int(env, arg, &use) ? js_int(env, ovl_xattr_at((int)use)) : NULL;
}

NAPI_MODULE_INIT() {
	static const struct {
		const char *name;
		napi_callback call;
	} table[] = {
		{"openLayer", open_layer}, {"close", close_fd},     {"examine", js_examine}, {"examineHandle", js_examine_handle},
		{"list", js_list},         {"scan", js_scan},       {"fsUuid", fs_uuid},     {"statfs", fs_stat},
		{"capabilities", capabilities}, {"xattrAt", xattr_at}, {"openHandle", open_handle},
		{"loadTable", js_load_table}, {"placeTable", js_place_table},
		{"glance", js_glance},     {"openDirectory", js_open_directory},
		{"attributes", js_attributes}, {"content", js_content},   {"verity", js_verity},   {"sameData", js_same_data},
		{"isPart", js_is_part},
	};
	ovl_xattr_init();
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		js_add(env, exports, table[i].name, table[i].call);
	/* Apart from the others: who has been given the functions that read cannot write by mistake. */
	js_set(env, exports, "writer", js_writer(env));
	js_set(env, exports, "signals", js_signals(env));
	return exports;
}
