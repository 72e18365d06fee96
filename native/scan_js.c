/* scan: jobs copied out of JavaScript, run in libuv's pool, the answer handed over without a copy. */
#define _GNU_SOURCE
#include "js.h"

#include <stdlib.h>
#include <string.h>

struct request {
	struct ovl_scan scan;
	/* Everything that the jobs point to. */
	void **owned;
	size_t owned_count, owned_cap;
	napi_async_work work;
	napi_deferred deferred;
	/* Keep the table's columns, and the buffer to answer in, where they are. */
	napi_ref table, into;
};

static void free_request(napi_env env, struct request *r) {
	if (r->table)
		napi_delete_reference(env, r->table);
	if (r->into)
		napi_delete_reference(env, r->into);
	for (size_t i = 0; i < r->owned_count; i++)
		free(r->owned[i]);
	free(r->owned);
	if (r->scan.out.p != r->scan.out.lent)
		free(r->scan.out.p);
	free(r);
}

static void *own(napi_env env, struct request *r, void *p) {
	if (p && r->owned_count == r->owned_cap) {
		size_t cap = r->owned_cap ? r->owned_cap * 2 : 64;
		void **grown = realloc(r->owned, cap * sizeof *grown);
		if (grown) {
			r->owned = grown;
			r->owned_cap = cap;
		} else {
			free(p);
			p = NULL;
		}
	}
	if (!p)
		napi_throw_error(env, NULL, "out of memory");
	else
		r->owned[r->owned_count++] = p;
	return p;
}

static int read_ref(napi_env env, struct request *r, napi_value from, struct ovl_dir_ref *to) {
	napi_value root, path;
	int64_t fd;
	const char *p;
	if (!js_get(env, from, "root", &root) || !js_to_int(env, root, &fd) || !js_get(env, from, "path", &path) ||
	    !js_to_bytes(env, path, &p, &to->len))
		return 0;
	/* A copy: the thread must not look into a Buffer that JavaScript may change or drop. */
	char *copy = own(env, r, malloc(to->len + 1));
	if (!copy)
		return 0;
	memcpy(copy, p, to->len);
	to->root = (int)fd;
	to->path = copy;
	return 1;
}

static int read_job(napi_env env, struct request *r, napi_value from, struct ovl_scan_job *to) {
	napi_value resume, probes, probe;
	int64_t token;
	uint32_t count;
	if (!read_ref(env, r, from, &to->dir) || !js_get(env, from, "resume", &resume) || !js_to_int(env, resume, &token) ||
	    !js_get(env, from, "probes", &probes))
		return 0;
	to->resume = (uint32_t)token;
	if (napi_get_array_length(env, probes, &count) != napi_ok) {
		napi_throw_type_error(env, NULL, "expected an array of probes");
		return 0;
	}
	to->probe_count = count;
	if (!count)
		return 1;
	to->probes = own(env, r, calloc(count, sizeof *to->probes));
	if (!to->probes)
		return 0;
	for (uint32_t k = 0; k < count; k++)
		if (napi_get_element(env, probes, k, &probe) != napi_ok || !read_ref(env, r, probe, &to->probes[k]))
			return 0;
	return 1;
}

/* An optional number: `to` is left alone where it is not given. */
static int read_number(napi_env env, napi_value from, const char *key, int64_t *to) {
	napi_value value;
	napi_valuetype type;
	if (!js_get(env, from, key, &value) || napi_typeof(env, value, &type) != napi_ok)
		return 0;
	return type == napi_undefined || js_to_int(env, value, to);
}

/* An optional flag: 0 where it is not given. */
static int read_flag(napi_env env, napi_value from, const char *key, int *to) {
	napi_value value, truth;
	bool is;
	if (!js_get(env, from, key, &value) || napi_coerce_to_bool(env, value, &truth) != napi_ok ||
	    napi_get_value_bool(env, truth, &is) != napi_ok)
		return 0;
	*to = is;
	return 1;
}

static int read_request(napi_env env, struct request *r, napi_value jobs, napi_value options) {
	napi_value value;
	napi_valuetype type;
	uint32_t count;
	if (napi_get_array_length(env, jobs, &count) != napi_ok) {
		napi_throw_type_error(env, NULL, "expected an array of jobs");
		return 0;
	}
	if (!js_get(env, options, "prefix", &value))
		return 0;
	r->scan.prefix = own(env, r, js_to_text(env, value, &r->scan.prefix_len));
	if (!r->scan.prefix)
		return 0;
	int64_t part_bytes = 4 << 20, values = UINT32_MAX, dir_values = UINT32_MAX, redirect_root = -1;
	if (!read_number(env, options, "partBytes", &part_bytes) || !read_number(env, options, "values", &values) ||
	    !read_number(env, options, "dirValues", &dir_values) ||
	    !read_flag(env, options, "handles", &r->scan.handles) ||
	    !read_flag(env, options, "uncovered", &r->scan.uncovered) ||
	    !read_number(env, options, "redirectRoot", &redirect_root) || !js_get(env, options, "index", &value) ||
	    napi_typeof(env, value, &type) != napi_ok)
		return 0;
	if (type == napi_object && !read_ref(env, r, value, &r->scan.index))
		return 0;
	if (!js_get(env, options, "into", &value) || napi_typeof(env, value, &type) != napi_ok)
		return 0;
	if (type == napi_object) {
		const char *p;
		struct ovl_bytes *out = &r->scan.out;
		if (!js_to_bytes(env, value, &p, &out->cap) || napi_create_reference(env, value, 1, &r->into) != napi_ok)
			return 0;
		out->p = out->lent = (unsigned char *)p;
	}
	if (!js_get(env, options, "table", &value) || napi_typeof(env, value, &type) != napi_ok)
		return 0;
	/* Not copied, it may be large: its owner changes none of these columns while scans are under way. */
	if (type == napi_object && (!js_to_table(env, value, &r->scan.table) ||
				    napi_create_reference(env, value, 1, &r->table) != napi_ok))
		return 0;
	r->scan.part_bytes = part_bytes > 0 ? (size_t)part_bytes : 0;
	r->scan.values = (uint32_t)values;
	r->scan.redirect_root = (int)redirect_root;
	r->scan.dir_values = (uint32_t)dir_values;
	r->scan.job_count = count;
	r->scan.jobs = own(env, r, calloc(count ? count : 1, sizeof *r->scan.jobs));
	for (uint32_t i = 0; r->scan.jobs && i < count; i++)
		if (napi_get_element(env, jobs, i, &value) != napi_ok || !read_job(env, r, value, &r->scan.jobs[i]))
			return 0;
	return r->scan.jobs != NULL;
}

static void execute(napi_env env, void *data) {
	(void)env;
	ovl_scan_run(&((struct request *)data)->scan);
}

static void free_answer(napi_env env, void *data, void *hint) {
	(void)env;
	(void)hint;
	free(data);
}

static void complete(napi_env env, napi_status status, void *data) {
	struct request *r = data;
	struct ovl_bytes *b = &r->scan.out;
	napi_value value = NULL, text;
	if (status == napi_ok && !b->failed && b->p && b->p == b->lent) {
		napi_get_reference_value(env, r->into, &value);
	} else if (status == napi_ok && !b->failed) {
		/* Growing doubles: give the unused half back before the answer is held on to. */
		unsigned char *fit = b->len ? realloc(b->p, b->len) : NULL;
		if (fit)
			b->p = fit;
		if (b->len && napi_create_external_buffer(env, b->len, b->p, free_answer, NULL, &value) == napi_ok)
			b->p = NULL;
		else
			value = js_bytes(env, b->p ? (const void *)b->p : "", b->len);
	}
	if (value) {
		napi_resolve_deferred(env, r->deferred, value);
	} else {
		napi_create_string_utf8(env, "out of memory while scanning", NAPI_AUTO_LENGTH, &text);
		napi_create_error(env, NULL, text, &value);
		napi_reject_deferred(env, r->deferred, value);
	}
	napi_delete_async_work(env, r->work);
	free_request(env, r);
}

napi_value js_scan(napi_env env, napi_callback_info info) {
	napi_value args[2], promise = NULL, name;
	js_args(env, info, 2, args);
	struct request *r = calloc(1, sizeof *r);
	if (!r) {
		napi_throw_error(env, NULL, "out of memory");
		return NULL;
	}
	napi_create_string_utf8(env, "ovl-index:scan", NAPI_AUTO_LENGTH, &name);
	if (!read_request(env, r, args[0], args[1]) ||
	    napi_create_async_work(env, NULL, name, execute, complete, r, &r->work) != napi_ok) {
		free_request(env, r);
		return NULL;
	}
	napi_create_promise(env, &r->deferred, &promise);
	napi_queue_async_work(env, r->work);
	return promise;
}
