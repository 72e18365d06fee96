/* Small words for Node-API, for the files that speak it. */
#ifndef OVL_JS_H
#define OVL_JS_H

#include "ovl.h"

#include <node_api.h>

/* Arguments of a call; those not given are undefined. */
void js_args(napi_env env, napi_callback_info info, size_t want, napi_value *out);

napi_value js_int(napi_env env, int64_t v);
napi_value js_double(napi_env env, double v);
napi_value js_bool(napi_env env, int v);
napi_value js_bytes(napi_env env, const void *p, size_t n);
void js_add(napi_env env, napi_value object, const char *name, napi_callback call);
void js_set(napi_env env, napi_value object, const char *key, napi_value v);

/* 0 with a TypeError thrown where the value is of another type. */
int js_to_int(napi_env env, napi_value v, int64_t *out);
int js_to_bytes(napi_env env, napi_value v, const char **p, size_t *n);
/* A copy with a NUL behind it; NULL with an error thrown. Free it. */
char *js_to_text(napi_env env, napi_value v, size_t *n);
int js_get(napi_env env, napi_value object, const char *key, napi_value *out);

/* list_js.c */
/* The columns of a table object; they live as long as it is referenced. */
int js_to_table(napi_env env, napi_value from, struct ovl_table *to);

/* object_js.c, list_js.c and scan_js.c */
napi_value js_examine(napi_env env, napi_callback_info info);
napi_value js_examine_handle(napi_env env, napi_callback_info info);
napi_value js_glance(napi_env env, napi_callback_info info);
napi_value js_open_directory(napi_env env, napi_callback_info info);
napi_value js_list(napi_env env, napi_callback_info info);
napi_value js_load_table(napi_env env, napi_callback_info info);
napi_value js_place_table(napi_env env, napi_callback_info info);
napi_value js_scan(napi_env env, napi_callback_info info);

/* write_js.c */
/* An object of the functions that change layers. */
napi_value js_writer(napi_env env);
/* A root and a path, two arguments. */
int js_to_target(napi_env env, const napi_value *args, struct ovl_target *to);
int js_to_double(napi_env env, napi_value v, double *to);
/* Seconds and nanoseconds of access, then of modification. */
int js_to_times(napi_env env, napi_value v, int64_t **out);

/* attributes_js.c: the second changes layers. */
napi_value js_attributes(napi_env env, napi_callback_info info);
napi_value js_dress(napi_env env, napi_callback_info info);

/* data_js.c */
napi_value js_nanoseconds(napi_env env, struct timespec t);
/* The last three of these change layers. */
napi_value js_content(napi_env env, napi_callback_info info);
napi_value js_verity(napi_env env, napi_callback_info info);
napi_value js_same_data(napi_env env, napi_callback_info info);
napi_value js_is_part(napi_env env, napi_callback_info info);
napi_value js_copy_data(napi_env env, napi_callback_info info);
napi_value js_settle(napi_env env, napi_callback_info info);
napi_value js_empty(napi_env env, napi_callback_info info);

/* signals_js.c: an object of the functions that wait for signals. */
napi_value js_signals(napi_env env);

#endif
