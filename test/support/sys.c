/*
 * System calls that the tests need and Node does not offer, for byte paths.
 * Every call returns its result, or the negative errno: tests compare errnos,
 * so none is ever turned into an exception. Kept apart from the product's own
 * addon so that a fault there cannot hide itself from the tests.
 */
#define _GNU_SOURCE
#define NAPI_VERSION 8
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <node_api.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_ARGS 6

struct btrfs_vol_args {
	int64_t fd;
	char name[4088];
};
#define BTRFS_FORGET_DEV _IOW(0x94, 5, struct btrfs_vol_args)

/* Arguments of one call. A Buffer argument is copied and ends in NUL. */
struct call {
	napi_env env;
	size_t argc;
	napi_value argv[MAX_ARGS];
	char *text[MAX_ARGS];
	size_t length[MAX_ARGS];
};

static int begin(struct call *c, napi_env env, napi_callback_info info)
{
	memset(c, 0, sizeof(*c));
	c->env = env;
	c->argc = MAX_ARGS;
	if (napi_get_cb_info(env, info, &c->argc, c->argv, NULL, NULL) != napi_ok)
		return -1;
	for (size_t i = 0; i < c->argc && i < MAX_ARGS; i++) {
		bool is = false;
		void *data;

		napi_is_buffer(env, c->argv[i], &is);
		if (!is)
			continue;
		napi_get_buffer_info(env, c->argv[i], &data, &c->length[i]);
		c->text[i] = malloc(c->length[i] + 1);
		if (!c->text[i])
			return -1;
		memcpy(c->text[i], data, c->length[i]);
		c->text[i][c->length[i]] = 0;
	}
	return 0;
}

static double number(struct call *c, size_t i)
{
	double v = 0;

	if (i < c->argc)
		napi_get_value_double(c->env, c->argv[i], &v);
	return v;
}

static napi_value done(struct call *c, double result)
{
	napi_value v;

	for (size_t i = 0; i < MAX_ARGS; i++)
		free(c->text[i]);
	napi_create_double(c->env, result, &v);
	return v;
}

static napi_value done_bytes(struct call *c, const void *bytes, size_t n)
{
	napi_value v;

	for (size_t i = 0; i < MAX_ARGS; i++)
		free(c->text[i]);
	napi_create_buffer_copy(c->env, n, bytes, NULL, &v);
	return v;
}

static double outcome(long r)
{
	return r < 0 ? -(double)errno : (double)r;
}

#define METHOD(name)                                                    \
	static napi_value name(napi_env env, napi_callback_info info)   \
	{                                                               \
		struct call call_, *c = &call_;                         \
		if (begin(c, env, info) < 0)                            \
			return done(c, -ENOMEM);
#define END }

/* mount(source, target, type, flags, data) */
METHOD(sys_mount)
	long r = mount(c->text[0], c->text[1], c->text[2], (unsigned long)number(c, 3),
		       c->length[4] ? c->text[4] : NULL);
	return done(c, outcome(r));
END

METHOD(sys_umount)
	return done(c, outcome(umount2(c->text[0], (int)number(c, 1))));
END

METHOD(sys_memfd)
	return done(c, outcome(memfd_create(c->text[0], MFD_CLOEXEC)));
END

/* Attach an image to a free loop device that frees itself, mount that: the device's number. */
METHOD(sys_mount_image)
	int image = (int)number(c, 0);
	struct loop_config config = {
		.fd = (uint32_t)image,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR,
	};
	char device[32];
	int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (control < 0)
		return done(c, -errno);
	for (int attempt = 0; attempt < 64; attempt++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE), loop;
		long r;

		if (n < 0)
			break;
		snprintf(device, sizeof(device), "/dev/loop%d", n);
		loop = open(device, O_RDWR | O_CLOEXEC);
		if (loop < 0)
			break;
		if (ioctl(loop, LOOP_CONFIGURE, &config) < 0) {
			int busy = errno == EBUSY;

			close(loop);
			if (busy)
				continue;
			break;
		}
		r = mount(device, c->text[1], c->text[2], (unsigned long)number(c, 3),
			  c->length[4] ? c->text[4] : NULL);
		r = r < 0 ? -errno : n;
		close(loop);
		close(control);
		return done(c, (double)r);
	}
	{
		int err = errno;

		close(control);
		return done(c, -err);
	}
END

/* btrfs remembers a device after umount and then refuses an older copy of it. */
METHOD(sys_forget_btrfs)
	struct btrfs_vol_args *args = calloc(1, sizeof(*args));
	int control = open("/dev/btrfs-control", O_RDWR | O_CLOEXEC);
	double r;

	if (!args || control < 0) {
		r = -(double)errno;
	} else {
		snprintf(args->name, sizeof(args->name), "/dev/loop%d", (int)number(c, 0));
		r = outcome(ioctl(control, BTRFS_FORGET_DEV, args));
	}
	if (control >= 0)
		close(control);
	free(args);
	return done(c, r);
END

static int all_zero(const char *bytes, size_t n)
{
	return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* Copy what is data; holes and pages of zeroes are left holes. */
METHOD(sys_copy_sparse)
	int from = (int)number(c, 0), to = (int)number(c, 1);
	size_t room = 4096;
	char *buffer = malloc(room);
	struct stat st;
	off_t at = 0;

	if (!buffer || fstat(from, &st) < 0 || ftruncate(to, 0) < 0 || ftruncate(to, st.st_size) < 0)
		goto failed;
	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		off_t end = lseek(from, at, SEEK_HOLE);

		while (at < end) {
			size_t want = (size_t)(end - at) < room ? (size_t)(end - at) : room;
			ssize_t n = pread(from, buffer, want, at);

			if (n <= 0 || (!all_zero(buffer, (size_t)n) && pwrite(to, buffer, (size_t)n, at) != n))
				goto failed;
			at += n;
		}
	}
	if (errno != ENXIO)
		goto failed;
	free(buffer);
	return done(c, 0);
failed:
	free(buffer);
	return done(c, errno ? -(double)errno : -(double)EIO);
END

/* mknod(path, mode, major, minor) */
METHOD(sys_mknod)
	long r = mknod(c->text[0], (mode_t)number(c, 1),
		       makedev((unsigned)number(c, 2), (unsigned)number(c, 3)));
	return done(c, outcome(r));
END

METHOD(sys_rename)
	return done(c, outcome(renameat2(AT_FDCWD, c->text[0], AT_FDCWD, c->text[1], (unsigned)number(c, 2))));
END

METHOD(sys_setxattr)
	return done(c, outcome(lsetxattr(c->text[0], c->text[1], c->text[2], c->length[2], (int)number(c, 3))));
END

METHOD(sys_removexattr)
	return done(c, outcome(lremovexattr(c->text[0], c->text[1])));
END

METHOD(sys_getxattr)
	static char value[65536];
	ssize_t n = lgetxattr(c->text[0], c->text[1], value, sizeof(value));

	return n < 0 ? done(c, -(double)errno) : done_bytes(c, value, (size_t)n);
END

METHOD(sys_listxattr)
	static char value[65536];
	ssize_t n = llistxattr(c->text[0], value, sizeof(value));

	return n < 0 ? done(c, -(double)errno) : done_bytes(c, value, (size_t)n);
END

/* nameToHandle(path): u32 type, then the handle's bytes */
METHOD(sys_name_to_handle)
	struct {
		struct file_handle fh;
		char room[MAX_HANDLE_SZ];
	} h = { .fh.handle_bytes = MAX_HANDLE_SZ };
	int mount_id;
	char packed[4 + MAX_HANDLE_SZ];

	if (name_to_handle_at(AT_FDCWD, c->text[0], &h.fh, &mount_id, 0) < 0)
		return done(c, -(double)errno);
	memcpy(packed, &h.fh.handle_type, 4);
	memcpy(packed + 4, h.fh.f_handle, h.fh.handle_bytes);
	return done_bytes(c, packed, 4 + h.fh.handle_bytes);
END

/* openByHandle(mount fd, handle as above, flags) */
METHOD(sys_open_by_handle)
	struct {
		struct file_handle fh;
		char room[MAX_HANDLE_SZ];
	} h;
	size_t n = c->length[1] < 4 ? 0 : c->length[1] - 4;

	if (c->length[1] < 4 || n > MAX_HANDLE_SZ)
		return done(c, -EINVAL);
	memset(&h, 0, sizeof(h));
	h.fh.handle_bytes = (unsigned)n;
	memcpy(&h.fh.handle_type, c->text[1], 4);
	memcpy(h.fh.f_handle, c->text[1] + 4, n);
	return done(c, outcome(open_by_handle_at((int)number(c, 0), &h.fh, (int)number(c, 2))));
END

/* lookup(path): st_mode, or the errno of lstat(2) */
METHOD(sys_lookup)
	struct stat st;

	if (lstat(c->text[0], &st) < 0)
		return done(c, -(double)errno);
	return done(c, st.st_mode);
END

/* syncfs of the filesystem that an open descriptor is on */
METHOD(sys_syncfs)
	return done(c, outcome(syncfs((int)number(c, 0))));
END

/* A network of its own for this thread, and for what it starts from here on. */
METHOD(sys_own_network)
	return done(c, outcome(unshare(CLONE_NEWNET)));
END

static const struct {
	const char *name;
	napi_callback call;
} methods[] = {
	{ "mount", sys_mount },
	{ "umount", sys_umount },
	{ "memfd", sys_memfd },
	{ "mountImage", sys_mount_image },
	{ "forgetBtrfs", sys_forget_btrfs },
	{ "copySparse", sys_copy_sparse },
	{ "mknod", sys_mknod },
	{ "rename", sys_rename },
	{ "setxattr", sys_setxattr },
	{ "removexattr", sys_removexattr },
	{ "getxattr", sys_getxattr },
	{ "listxattr", sys_listxattr },
	{ "nameToHandle", sys_name_to_handle },
	{ "openByHandle", sys_open_by_handle },
	{ "lookup", sys_lookup },
	{ "syncfs", sys_syncfs },
	{ "ownNetwork", sys_own_network },
};

NAPI_MODULE_INIT()
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		napi_value f;

		if (napi_create_function(env, methods[i].name, NAPI_AUTO_LENGTH, methods[i].call,
					 NULL, &f) != napi_ok ||
		    napi_set_named_property(env, exports, methods[i].name, f) != napi_ok)
			return NULL;
	}
	return exports;
}
