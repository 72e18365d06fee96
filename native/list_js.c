/* list, and the tables that a listing of the index directory fills. */
#define _GNU_SOURCE
#include "js.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

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
	struct ovl_bytes names, ends, types, inos, positions;
	uint32_t untyped;
};

static unsigned char type_of(struct listed *to, const struct ovl_listing *l, const struct ovl_dirent *d) {
	struct stat st;
	if (d->type != DT_UNKNOWN)
		return d->type;
	to->untyped++;
	return fstatat(l->fd, d->name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? IFTODT(st.st_mode) : DT_UNKNOWN;
}

static int take(struct listed *to, const struct ovl_dirent *d, unsigned char type, uint32_t position) {
	if (!ovl_reserve(&to->names, d->name_len) || !ovl_reserve(&to->ends, 4) || !ovl_reserve(&to->types, 1) ||
	    !ovl_reserve(&to->inos, 8) || !ovl_reserve(&to->positions, 4))
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
	memcpy(to->positions.p + to->positions.len, &position, 4);
	to->positions.len += 4;
	return 0;
}

/* The end of a table, as JavaScript has it: columns with room behind `rows`. */
struct end {
	struct ovl_table table;
	struct ovl_table_end at;
	double *inos;
	uint16_t *flags;
	size_t rows_cap, bytes_cap;
};

static int column(napi_env env, napi_value from, const char *key, napi_typedarray_type want, void **p, size_t *n) {
	napi_value value;
	napi_typedarray_type type;
	if (!js_get(env, from, key, &value))
		return 0;
	if (napi_get_typedarray_info(env, value, &type, n, p, NULL, NULL) == napi_ok && type == want)
		return 1;
	napi_throw_type_error(env, NULL, "expected a column");
	return 0;
}

static int number(napi_env env, napi_value from, const char *key, size_t *to) {
	napi_value value;
	int64_t v = 0;
	if (!js_get(env, from, key, &value) || !js_to_int(env, value, &v))
		return 0;
	*to = (size_t)v;
	return 1;
}

int js_to_table(napi_env env, napi_value from, struct ovl_table *to) {
	napi_value value;
	void *slots, *places, *bytes, *headers;
	size_t twice, used, length;
	bool all;
	if (!column(env, from, "slots", napi_uint32_array, &slots, &to->slot_count) ||
	    !column(env, from, "places", napi_uint32_array, &places, &twice) ||
	    !column(env, from, "bytes", napi_uint8_array, &bytes, &used) ||
	    !column(env, from, "headers", napi_uint8_array, &headers, &length) ||
	    !js_get(env, from, "allHeaders", &value) || napi_get_value_bool(env, value, &all) != napi_ok)
		return 0;
	to->slots = slots;
	to->places = places;
	to->bytes = bytes;
	to->headers = headers;
	to->header_count = length / OVL_HEADER;
	to->all_headers = all;
	return 1;
}

static int read_end(napi_env env, napi_value from, struct end *to) {
	size_t twice, inos;
	if (!js_to_table(env, from, &to->table) ||
	    !column(env, from, "places", napi_uint32_array, (void **)&to->at.places, &twice) ||
	    !column(env, from, "bytes", napi_uint8_array, (void **)&to->at.bytes, &to->bytes_cap) ||
	    !column(env, from, "inos", napi_float64_array, (void **)&to->inos, &inos) ||
	    !column(env, from, "flags", napi_uint16_array, (void **)&to->flags, &to->rows_cap) ||
	    !number(env, from, "rows", &to->at.rows) || !number(env, from, "used", &to->at.used))
		return 0;
	return 1;
}

/* 1: in the table; 0: not, and the caller has to see it; -1: the same, before anything that follows. */
static int load(struct end *to, const struct ovl_dirent *d, unsigned char type) {
	size_t row = to->at.rows;
	enum ovl_loaded loaded = ovl_table_load(&to->at, &to->table, d->name, d->name_len);
	if (loaded != OVL_LOADED)
		return loaded == OVL_OTHER_HEADER ? -1 : 0;
	to->inos[row] = (double)d->ino;
	to->flags[row] = type;
	return 1;
}

static napi_value answer(napi_env env, const struct listed *from, uint32_t token) {
	napi_value out;
	size_t count = from->types.len;
	napi_create_object(env, &out);
	js_set(env, out, "names", js_bytes(env, from->names.p ? (const void *)from->names.p : "", from->names.len));
	js_set(env, out, "ends", typed(env, napi_uint32_array, from->ends.p, count, 4));
	js_set(env, out, "types", typed(env, napi_uint8_array, from->types.p, count, 1));
	js_set(env, out, "inos", typed(env, napi_float64_array, from->inos.p, count, 8));
	js_set(env, out, "resume", js_int(env, token));
	js_set(env, out, "untyped", js_int(env, from->untyped));
	return out;
}

/* `end` NULL: every entry is listed; else those that are no rows of the table. */
static napi_value list(napi_env env, const napi_value *args, struct end *end) {
	napi_value out;
	int64_t root, resume, max;
	const char *path;
	size_t n;
	int error = -EBADF, more = 0, stop = 0;
	struct listed to = {0};
	struct ovl_dirent d;
	if (!js_to_int(env, args[0], &root) || !js_to_bytes(env, args[1], &path, &n) || !js_to_int(env, args[2], &resume) ||
	    !js_to_int(env, args[3], &max))
		return NULL;
	struct ovl_listing *l =
		resume ? ovl_listing_take((uint32_t)resume) : ovl_listing_open((int)root, path, n, &error);
	if (!l)
		return js_int(env, error);
	error = 0;
	for (int64_t i = 0; i < max && !error && !stop; i++) {
		if (end && (end->at.rows >= end->rows_cap || end->at.used + NAME_MAX / 2 > end->bytes_cap)) {
			more = 1;
			break;
		}
		more = ovl_listing_next(l, &d);
		if (more <= 0)
			break;
		unsigned char type = type_of(&to, l, &d);
		int loaded = end ? load(end, &d, type) : 0;
		if (loaded <= 0)
			error = take(&to, &d, type, end ? (uint32_t)end->at.rows : 0);
		stop = loaded < 0;
	}
	if (more < 0)
		error = more;
	uint32_t token = 0;
	if (more > 0 && !error)
		token = ovl_listing_park(l);
	else
		ovl_listing_free(l);
	out = error ? js_int(env, error) : answer(env, &to, token);
	if (!error && end) {
		js_set(env, out, "positions", typed(env, napi_uint32_array, to.positions.p, to.types.len, 4));
		js_set(env, out, "rows", js_double(env, (double)end->at.rows));
		js_set(env, out, "used", js_double(env, (double)end->at.used));
	}
	free(to.names.p);
	free(to.ends.p);
	free(to.types.p);
	free(to.inos.p);
	free(to.positions.p);
	return out;
}

napi_value js_list(napi_env env, napi_callback_info info) {
	napi_value args[4];
	js_args(env, info, 4, args);
	return list(env, args, NULL);
}

napi_value js_load_table(napi_env env, napi_callback_info info) {
	napi_value args[5];
	struct end end = {0};
	js_args(env, info, 5, args);
	return read_end(env, args[4], &end) ? list(env, args, &end) : NULL;
}

napi_value js_place_table(napi_env env, napi_callback_info info) {
	napi_value args[2];
	struct ovl_table table;
	int64_t rows;
	js_args(env, info, 2, args);
	if (js_to_table(env, args[0], &table) && js_to_int(env, args[1], &rows))
		ovl_table_place(&table, (size_t)rows);
	return NULL;
}
