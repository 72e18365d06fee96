/* The functions of src/lib/host/native.ts and native-writer.ts that are about the data of files: data.c called. */
#define _GNU_SOURCE
#include "js.h"

#include <errno.h>

napi_value js_nanoseconds(napi_env env, struct timespec t) {
	napi_value out = NULL;
	/* A filesystem may hold times that are no 64 bits of nanoseconds: those behind the year 2262. */
	__int128 ns = (__int128)t.tv_sec * 1000000000 + t.tv_nsec;
	unsigned __int128 size = ns < 0 ? -(unsigned __int128)ns : (unsigned __int128)ns;
	uint64_t words[] = {(uint64_t)size, (uint64_t)(size >> 64)};
	napi_create_bigint_words(env, ns < 0, 2, words, &out);
	return out;
}

napi_value js_content(napi_env env, napi_callback_info info) {
	static __thread struct ovl_bytes capability;
	napi_value args[2], out, none;
	struct ovl_target t;
	struct stat st;
	uint64_t data;
	ssize_t got = 0;
	js_args(env, info, 2, args);
	if (!js_to_target(env, args, &t))
		return NULL;
	int error = ovl_content(&t, &st, &data, &capability, &got);
	if (!error && got < 0 && got != -ENODATA && got != -EOPNOTSUPP)
		error = (int)got;
	if (error)
		return js_int(env, error);
	napi_get_null(env, &none);
	napi_create_object(env, &out);
	js_set(env, out, "dev", js_double(env, (double)st.st_dev));
	js_set(env, out, "ino", js_double(env, (double)st.st_ino));
	js_set(env, out, "mode", js_int(env, st.st_mode));
	js_set(env, out, "size", js_double(env, (double)st.st_size));
	js_set(env, out, "data", js_double(env, (double)data));
	js_set(env, out, "ctimeNs", js_nanoseconds(env, st.st_ctim));
	js_set(env, out, "atimeNs", js_nanoseconds(env, st.st_atim));
	js_set(env, out, "mtimeNs", js_nanoseconds(env, st.st_mtim));
	js_set(env, out, "capability", got < 0 ? none : js_bytes(env, capability.p, (size_t)got));
	return out;
}

napi_value js_verity(napi_env env, napi_callback_info info) {
	napi_value args[2], out;
	struct ovl_target t;
	uint16_t algorithm;
	unsigned char digest[OVL_DIGEST_MAX];
	size_t size;
	js_args(env, info, 2, args);
	if (!js_to_target(env, args, &t))
		return NULL;
	int error = ovl_verity(&t, &algorithm, digest, &size);
	if (error)
		return js_int(env, error);
	napi_create_object(env, &out);
	js_set(env, out, "algorithm", js_int(env, algorithm));
	js_set(env, out, "bytes", js_bytes(env, digest, size));
	return out;
}

static napi_value compare(napi_env env, napi_callback_info info, int (*call)(const struct ovl_target *, const struct ovl_target *)) {
	napi_value args[4];
	struct ovl_target one, other;
	js_args(env, info, 4, args);
	if (!js_to_target(env, args, &one) || !js_to_target(env, args + 2, &other))
		return NULL;
	int same = call(&one, &other);
	return same < 0 ? js_int(env, same) : js_bool(env, same);
}

napi_value js_same_data(napi_env env, napi_callback_info info) {
	return compare(env, info, ovl_same_data);
}

napi_value js_is_part(napi_env env, napi_callback_info info) {
	return compare(env, info, ovl_is_part);
}

napi_value js_copy_data(napi_env env, napi_callback_info info) {
	napi_value args[7];
	struct ovl_target from, to;
	double ino;
	int64_t at, most;
	js_args(env, info, 7, args);
	if (!js_to_target(env, args, &from) || !js_to_target(env, args + 2, &to) || !js_to_double(env, args[4], &ino) ||
	    !js_to_int(env, args[5], &at) || !js_to_int(env, args[6], &most))
		return NULL;
	return js_int(env, ovl_copy_data(&from, &to, ino, (uint64_t)at, (uint64_t)most));
}

/* Root, path, inode, mode, capability or null, times. */
static napi_value with_looks(napi_env env, napi_callback_info info,
			     int (*call)(const struct ovl_target *, const struct ovl_looks *)) {
	napi_value args[6];
	struct ovl_target t;
	struct ovl_looks was = {.capability = NULL};
	int64_t mode, *times;
	napi_valuetype type;
	js_args(env, info, 6, args);
	if (!js_to_target(env, args, &t) || !js_to_double(env, args[2], &was.ino) || !js_to_int(env, args[3], &mode) ||
	    napi_typeof(env, args[4], &type) != napi_ok ||
	    (type != napi_null && !js_to_bytes(env, args[4], &was.capability, &was.capability_size)) ||
	    !js_to_times(env, args[5], &times))
		return NULL;
	was.mode = (mode_t)mode;
	for (int i = 0; i < 2; i++)
		was.times[i] = (struct timespec){.tv_sec = (time_t)times[2 * i], .tv_nsec = (long)times[2 * i + 1]};
	return js_int(env, call(&t, &was));
}

napi_value js_settle(napi_env env, napi_callback_info info) {
	return with_looks(env, info, ovl_settle);
}

napi_value js_empty(napi_env env, napi_callback_info info) {
	return with_looks(env, info, ovl_empty);
}
