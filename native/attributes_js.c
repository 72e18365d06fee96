/* The functions of src/lib/host/native.ts and native-writer.ts that are about all attributes of an object: attributes.c called. */
#define _GNU_SOURCE
#include "js.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct pairs {
	napi_env env;
	napi_value list;
	uint32_t count;
};

static int add_pair(void *with, const char *name, const void *value, size_t n) {
	struct pairs *to = with;
	napi_value pair, text;
	if (napi_create_array_with_length(to->env, 2, &pair) != napi_ok ||
	    napi_create_string_latin1(to->env, name, NAPI_AUTO_LENGTH, &text) != napi_ok)
		return -ENOMEM;
	napi_set_element(to->env, pair, 0, text);
	napi_set_element(to->env, pair, 1, js_bytes(to->env, value, n));
	napi_set_element(to->env, to->list, to->count++, pair);
	return 0;
}

napi_value js_attributes(napi_env env, napi_callback_info info) {
	napi_value args[2], out;
	struct ovl_target t;
	struct stat st;
	unsigned int flags;
	struct pairs xattrs = {.env = env};
	js_args(env, info, 2, args);
	if (!js_to_target(env, args, &t) || napi_create_array(env, &xattrs.list) != napi_ok)
		return NULL;
	int error = ovl_attributes(&t, &st, &flags, add_pair, &xattrs);
	if (error)
		return js_int(env, error);
	napi_create_object(env, &out);
	js_set(env, out, "dev", js_double(env, (double)st.st_dev));
	js_set(env, out, "ino", js_double(env, (double)st.st_ino));
	js_set(env, out, "mode", js_int(env, st.st_mode));
	js_set(env, out, "rdev", js_double(env, (double)st.st_rdev));
	js_set(env, out, "uid", js_int(env, st.st_uid));
	js_set(env, out, "gid", js_int(env, st.st_gid));
	js_set(env, out, "flags", js_int(env, flags));
	js_set(env, out, "ctimeNs", js_nanoseconds(env, st.st_ctim));
	js_set(env, out, "atimeNs", js_nanoseconds(env, st.st_atim));
	js_set(env, out, "mtimeNs", js_nanoseconds(env, st.st_mtim));
	js_set(env, out, "xattrs", xattrs.list);
	return out;
}

/* Names (Buffers) and values in turn. 0 with an error thrown, or memory short. */
static int to_xattrs(napi_env env, napi_value list, struct ovl_attributes *to) {
	uint32_t n = 0;
	napi_get_array_length(env, list, &n);
	to->count = 0;
	to->xattrs = calloc(n / 2 + 1, sizeof *to->xattrs);
	for (uint32_t i = 0; to->xattrs && i + 1 < n; i += 2) {
		struct ovl_xattr *x = &to->xattrs[to->count];
		napi_value name, value;
		napi_get_element(env, list, i, &name);
		napi_get_element(env, list, i + 1, &value);
		const char *bytes;
		size_t length;
		if (!js_to_bytes(env, name, &bytes, &length))
			return 0;
		x->name = strndup(bytes, length);
		if (!x->name)
			return 0;
		to->count++;
		if (!js_to_bytes(env, value, &x->value, &x->size))
			return 0;
	}
	return to->xattrs != NULL;
}

/* Root, path, mode, owner, group, times, xattrs. */
napi_value js_dress(napi_env env, napi_callback_info info) {
	napi_value args[7], out = NULL;
	struct ovl_target t;
	struct ovl_attributes a = {.xattrs = NULL};
	int64_t mode, uid, gid, *times;
	js_args(env, info, 7, args);
	if (!js_to_target(env, args, &t) || !js_to_int(env, args[2], &mode) || !js_to_int(env, args[3], &uid) ||
	    !js_to_int(env, args[4], &gid) || !js_to_times(env, args[5], &times))
		return NULL;
	a.mode = (mode_t)mode;
	a.uid = (uid_t)uid;
	a.gid = (gid_t)gid;
	for (int i = 0; i < 2; i++)
		a.times[i] = (struct timespec){.tv_sec = (time_t)times[2 * i], .tv_nsec = (long)times[2 * i + 1]};
	if (to_xattrs(env, args[6], &a))
		out = js_int(env, ovl_dress(&t, &a));
	for (size_t i = 0; a.xattrs && i < a.count; i++)
		free(a.xattrs[i].name);
	free(a.xattrs);
	return out;
}
