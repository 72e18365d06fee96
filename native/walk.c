/* Directories: opened below a layer's root through no symlink, and listed. */
#define _GNU_SOURCE
#include "ovl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Same number on every architecture; older headers lack it. */
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

struct how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
};

#define HOW_NO_XDEV 0x01
#define HOW_NO_MAGICLINKS 0x02
#define HOW_NO_SYMLINKS 0x04
#define HOW_BENEATH 0x08

static int open_short(int dir, const char *path, int flags) {
	/*
	 * No mount is crossed: the overlay does not see what is mounted below a
	 * layer. On a clone there is none; without one, refusing beats misreading.
	 */
	struct how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.resolve = HOW_BENEATH | HOW_NO_SYMLINKS | HOW_NO_MAGICLINKS | HOW_NO_XDEV,
	};
	for (;;) {
		long fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
		if (fd >= 0)
			return (int)fd;
		/* EAGAIN: a rename raced with a "..", which openat2(2) asks to retry. */
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

int ovl_open_below(int root, const char *path, size_t len, int flags) {
	char chunk[PATH_MAX];
	int at = root;
	if (memchr(path, 0, len))
		return -EINVAL;
	for (;;) {
		while (at != root && len && *path == '/') {
			path++;
			len--;
		}
		size_t n = len;
		if (n >= sizeof chunk) {
			n = sizeof chunk - 1;
			while (n && path[n] != '/')
				n--;
		}
		int fd = -ENAMETOOLONG;
		if (n || !len) {
			memcpy(chunk, n ? path : ".", n ? n : 1);
			chunk[n ? n : 1] = 0;
			fd = open_short(at, chunk, n == len ? flags : O_PATH | O_DIRECTORY);
		}
		if (at != root)
			close(at);
		if (fd < 0 || n == len)
			return fd;
		at = fd;
		path += n;
		len -= n;
	}
}

int ovl_open_dir(int root, const char *path, size_t len) {
	int fd = ovl_open_below(root, path, len, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOATIME);
	/* O_NOATIME is for the owner and the privileged only. */
	if (fd == -EPERM)
		fd = ovl_open_below(root, path, len, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
	return fd;
}

/* One buffer a thread outlives its listing: most directories are small, and there are many. */
static __thread char *spare;

static char *take_dents(void) {
	char *p = spare ? spare : malloc(OVL_DENTS_SIZE);
	spare = NULL;
	return p;
}

static void give_dents(char *p) {
	if (spare)
		free(p);
	else
		spare = p;
}

struct ovl_listing *ovl_listing_open(int root, const char *path, size_t len, int *error) {
	struct stat st;
	int fd = ovl_open_dir(root, path, len);
	if (fd < 0) {
		*error = fd;
		return NULL;
	}
	if (fstat(fd, &st) < 0) {
		*error = -errno;
		close(fd);
		return NULL;
	}
	struct ovl_listing *l = calloc(1, sizeof *l);
	if (l)
		l->dents = take_dents();
	if (!l || !l->dents) {
		free(l);
		close(fd);
		*error = -ENOMEM;
		return NULL;
	}
	l->fd = fd;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	l->ctime = st.st_ctim;
	return l;
}

/* What getdents64 gives, one after the other. musl has no name for it since 1.2.4, unless it is asked for another. */
struct dent {
	uint64_t ino;
	int64_t off;
	uint16_t len;
	uint8_t type;
	char name[];
};

int ovl_listing_next(struct ovl_listing *l, struct ovl_dirent *out) {
	for (;;) {
		if (l->pos >= l->len) {
			long n = syscall(SYS_getdents64, l->fd, l->dents, OVL_DENTS_SIZE);
			if (n <= 0)
				return n < 0 ? -errno : 0;
			l->pos = 0;
			l->len = (size_t)n;
		}
		struct dent *d = (struct dent *)(l->dents + l->pos);
		l->pos += d->len;
		const char *s = d->name;
		if (s[0] == '.' && (!s[1] || (s[1] == '.' && !s[2])))
			continue;
		out->ino = d->ino;
		out->type = d->type;
		out->name = s;
		out->name_len = strlen(s);
		return 1;
	}
}

void ovl_listing_free(struct ovl_listing *l) {
	if (!l)
		return;
	for (size_t i = 0; i < l->probe_count; i++)
		if (l->probes[i] >= 0)
			close(l->probes[i]);
	close(l->fd);
	free(l->probes);
	give_dents(l->dents);
	free(l);
}

static pthread_mutex_t parked_lock = PTHREAD_MUTEX_INITIALIZER;
static struct ovl_listing *parked;
static uint32_t last_id;

uint32_t ovl_listing_park(struct ovl_listing *l) {
	pthread_mutex_lock(&parked_lock);
	/* Tokens are not used twice in a process, so a stale one finds nothing; 0 means "none". */
	if (++last_id == 0)
		last_id = 1;
	l->id = last_id;
	l->next = parked;
	parked = l;
	pthread_mutex_unlock(&parked_lock);
	return l->id;
}

struct ovl_listing *ovl_listing_take(uint32_t id) {
	struct ovl_listing *found = NULL;
	pthread_mutex_lock(&parked_lock);
	for (struct ovl_listing **at = &parked; *at; at = &(*at)->next) {
		if ((*at)->id == id) {
			found = *at;
			*at = found->next;
			break;
		}
	}
	pthread_mutex_unlock(&parked_lock);
	return found;
}
