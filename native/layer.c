/* A layer's own directory and what its filesystem and this process are able to do. */
#define _GNU_SOURCE
#include "ovl.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Same numbers on every architecture; older headers lack them. */
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

#define TREE_CLONE 1
#define ATTR_RDONLY 0x01
#define ATTR_NOATIME 0x10
#define ATTR_ATIME_MASK 0x70

struct attr {
	uint64_t set;
	uint64_t clear;
	uint64_t propagation;
	uint64_t userns_fd;
};

/* The directory that O_PATH descriptor `at` stands for, to read from. */
static int open_plain(int at) {
	int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME);
	/* O_NOATIME is for the owner and the privileged only. */
	if (fd < 0 && errno == EPERM)
		fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The first descriptor of each clone, to be closed with the one that is used. */
struct clone {
	struct clone *next;
	int fd, tree;
};
static struct clone *clones;
static pthread_mutex_t clones_lock = PTHREAD_MUTEX_INITIALIZER;

static int keep(int fd, int tree) {
	struct clone *c = malloc(sizeof *c);
	if (!c)
		return 0;
	pthread_mutex_lock(&clones_lock);
	*c = (struct clone){.next = clones, .fd = fd, .tree = tree};
	clones = c;
	pthread_mutex_unlock(&clones_lock);
	return 1;
}

void ovl_close_layer(int fd) {
	struct clone *found = NULL;
	pthread_mutex_lock(&clones_lock);
	for (struct clone **at = &clones; *at; at = &(*at)->next) {
		if ((*at)->fd == fd) {
			found = *at;
			*at = found->next;
			break;
		}
	}
	pthread_mutex_unlock(&clones_lock);
	close(fd);
	if (found)
		close(found->tree);
	free(found);
}

int ovl_open_clone(int at, int readonly) {
	struct attr attr = {.set = ATTR_NOATIME | (readonly ? ATTR_RDONLY : 0), .clear = ATTR_ATIME_MASK};
	long tree = syscall(SYS_open_tree, at, "", TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0)
		return -errno;
	/*
	 * open_tree(2) gives an O_PATH descriptor, good for neither getdents64 nor
	 * open_by_handle_at: open the clone's root. That alone would keep the mount alive, but
	 * once the first descriptor is closed the mount is in no namespace, and each path walk that
	 * ends on such a mount takes the lock of all mounts (mntput_no_expire()).
	 */
	int refused = syscall(SYS_mount_setattr, (int)tree, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0;
	/* Linux has it since 5.12. Before, what is written to gets times of access as from anybody who reads there. */
	if (refused && errno == ENOSYS && !readonly)
		refused = 0;
	int fd = refused ? -errno : open_plain((int)tree);
	if (fd < 0 || !keep(fd, (int)tree))
		close((int)tree);
	return fd;
}

int ovl_open_layer(const char *path, int *cloned, int *readonly) {
	struct statvfs fs;
	*cloned = 0;
	int at = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0)
		return -errno;
	/* Asked before the clone, which is read-only always. */
	if (fstatvfs(at, &fs) < 0) {
		int error = -errno;
		close(at);
		return error;
	}
	*readonly = (fs.f_flag & ST_RDONLY) != 0;
	int fd = ovl_open_clone(at, 1);
	if (fd >= 0)
		*cloned = 1;
	else
		fd = open_plain(at);
	close(at);
	return fd;
}

struct uuid2 {
	uint8_t len;
	uint8_t uuid[16];
};
#define GET_UUID _IOR(0x15, 0, struct uuid2)

struct ext4_uuid {
	uint32_t len;
	uint32_t flags;
	uint8_t uuid[16];
};
/* Declared by the kernel with the size of the head alone. */
#define EXT4_MAGIC 0xef53
#define EXT4_GET_UUID _IOR('f', 44, uint64_t)

/* xfs_fsop_geom_v1, 112 bytes, the UUID at 64. */
struct xfs_geometry {
	uint8_t head[64];
	uint8_t uuid[16];
	uint8_t tail[32];
};
#define XFS_MAGIC 0x58465342
#define XFS_GEOMETRY _IOR('X', 100, struct xfs_geometry)

struct btrfs_info {
	uint8_t head[16];
	uint8_t uuid[16];
	uint8_t tail[992];
};
#define BTRFS_MAGIC 0x9123683e
#define BTRFS_INFO _IOR(0x94, 31, struct btrfs_info)

static int is_untold(int error) {
	return error == ENOTTY || error == EOPNOTSUPP || error == EINVAL || error == ENOSYS;
}

/*
 * -ENODATA: the filesystem says that it has none. -ENOTTY: nobody answers the question, which says nothing about
 * the UUID before Linux 6.9. Anything else is a call that failed.
 */
int ovl_fs_uuid(int fd, unsigned char *out) {
	static const unsigned char none[16];
	union {
		struct uuid2 generic;
		struct ext4_uuid ext4;
		struct xfs_geometry xfs;
		struct btrfs_info btrfs;
	} arg;
	struct statfs fs;
	const uint8_t *uuid;
	int asked;
	memset(&arg, 0, sizeof arg);
	if (ioctl(fd, GET_UUID, &arg.generic) == 0) {
		if (arg.generic.len != 16)
			return -ENODATA;
		uuid = arg.generic.uuid;
	} else {
		if (!is_untold(errno))
			return -errno;
		if (fstatfs(fd, &fs) < 0)
			return -errno;
		/* Before Linux 6.9 there is no common call; these three tell in their own way. */
		memset(&arg, 0, sizeof arg);
		if ((unsigned long)fs.f_type == EXT4_MAGIC) {
			arg.ext4.len = 16;
			asked = ioctl(fd, EXT4_GET_UUID, &arg.ext4);
			uuid = arg.ext4.uuid;
		} else if ((unsigned long)fs.f_type == XFS_MAGIC) {
			asked = ioctl(fd, XFS_GEOMETRY, &arg.xfs);
			uuid = arg.xfs.uuid;
		} else if ((unsigned long)fs.f_type == BTRFS_MAGIC) {
			asked = ioctl(fd, BTRFS_INFO, &arg.btrfs);
			uuid = arg.btrfs.uuid;
		} else {
			return -ENOTTY;
		}
		if (asked < 0)
			return is_untold(errno) ? -ENOTTY : -errno;
	}
	if (memcmp(uuid, none, 16) == 0)
		return -ENODATA;
	memcpy(out, uuid, 16);
	return 0;
}

int ovl_capabilities(uint64_t *out) {
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
	struct __user_cap_data_struct data[2];
	if (syscall(SYS_capget, &head, data) < 0)
		return -errno;
	*out = (uint64_t)data[1].effective << 32 | data[0].effective;
	return 0;
}
