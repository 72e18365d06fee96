/*
 * Signals that ask the process to end, noted at once: Node tells of them only between two turns of its event loop,
 * and carrying out a plan is one turn.
 */
#define _GNU_SOURCE
#include "js.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t caught;

static void note(int number) {
	(void)number;
	caught = 1;
}

/* catch(): from here on they end nothing, and nobody else is told of them. */
static napi_value catch_signals(napi_env env, napi_callback_info info) {
	(void)env;
	(void)info;
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction action;
	memset(&action, 0, sizeof(action));
	action.sa_handler = note;
	/* No read or write of ours is to fail for it. */
	action.sa_flags = SA_RESTART;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &action, NULL);
	return NULL;
}

/* caught(): was one of them sent since? */
static napi_value caught_signal(napi_env env, napi_callback_info info) {
	(void)info;
	return js_bool(env, caught);
}

napi_value js_signals(napi_env env) {
	napi_value out = NULL;
	napi_create_object(env, &out);
	js_add(env, out, "catch", catch_signals);
	js_add(env, out, "caught", caught_signal);
	return out;
}
