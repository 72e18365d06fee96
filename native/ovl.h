/*
 * What the addon's files share. The layer cake, bottom up: walk.c opens
 * directories and lists them, xattr.c reads xattrs, object.c reads one object,
 * scan.c packs whole directories by what scan.h tells, write.c, attributes.c and
 * data.c change what writable.c has opened, addon.c speaks Node-API.
 *
 * Everything below addon.c returns a negative errno where a system call fails.
 */
#ifndef OVL_H
#define OVL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* linux/fs.h: an xattr list and an xattr value are at most this long. */
#define OVL_XATTR_MAX 65536u
/* A handle is at most MAX_HANDLE_SZ bytes. */
#define OVL_HANDLE_MAX 128
/* One getdents64 call; large, since a call costs more than its bytes. */
#define OVL_DENTS_SIZE (128u * 1024u)

/* ---- bytes.c: a growing buffer; `failed` once memory ran out. ---- */
struct ovl_bytes {
	unsigned char *p;
	size_t len;
	size_t cap;
	int failed;
	/* Where `p` began, if that was somebody else's: left alone, and left behind where it is too small. */
	unsigned char *lent;
};

/* Room for `n` more bytes behind len; 0 where memory ran out. */
int ovl_reserve(struct ovl_bytes *b, size_t n);

/* ---- walk.c ---- */
struct ovl_listing {
	struct ovl_listing *next;
	uint32_t id;
	int fd;
	/* What getdents64 gave and has not been consumed: dents[pos, len). */
	char *dents;
	size_t pos;
	size_t len;
	uint64_t dev;
	uint64_t ino;
	struct timespec ctime;
	/* Descriptors of the probe directories, or the negative errno of opening them. */
	size_t probe_count;
	int *probes;
};

struct ovl_dirent {
	uint64_t ino;
	unsigned char type;
	size_t name_len;
	const char *name;
};

/* Open `path` (`len` bytes, no NUL within) below `root`, through no symlink. */
int ovl_open_below(int root, const char *path, size_t len, int flags);
/* Open a directory for reading, without an atime update where that is permitted. */
int ovl_open_dir(int root, const char *path, size_t len);

struct ovl_listing *ovl_listing_open(int root, const char *path, size_t len, int *error);
/* 1 and the next entry; 0 at the end; negative errno. Pointers live until the next call. */
int ovl_listing_next(struct ovl_listing *l, struct ovl_dirent *out);
void ovl_listing_free(struct ovl_listing *l);
/* A listing set aside under a token, and taken back by it (NULL: no such token). */
uint32_t ovl_listing_park(struct ovl_listing *l);
struct ovl_listing *ovl_listing_take(uint32_t id);

/* ---- xattr.c: of `name` in directory `dir`, or of O_PATH descriptor `dir` where name is NULL. ---- */
void ovl_xattr_init(void);
/* Whether the *xattrat system calls are used; tells and, for 0 or 1, sets. */
int ovl_xattr_at(int use);
ssize_t ovl_xattr_list(int dir, const char *name, char *list, size_t size);
ssize_t ovl_xattr_get(int dir, const char *name, const char *attr, void *value, size_t size);
/* One value behind `b`, as long as it may be: its length, or a negative errno. `b->len` is left alone. */
ssize_t ovl_xattr_append(struct ovl_bytes *b, int dir, const char *name, const char *attr);
/* 0 or a negative errno. No value: it is removed. */
int ovl_xattr_set(int dir, const char *name, const char *attr, const void *value, size_t size);

/* ---- object.c ---- */
struct ovl_handle {
	unsigned int size;
	int type;
	unsigned char bytes[OVL_HANDLE_MAX];
};

/* Handle of `name` in `dir`, or of `dir` itself where name is "". 0 or a negative errno. */
int ovl_handle_of(int dir, const char *name, struct ovl_handle *out);
/* O_PATH descriptor of what a handle leads to. */
int ovl_open_handle(int root, int type, const unsigned char *bytes, size_t len);
/*
 * Path of directory `fd` from layer root `root` on. 0, or -EXDEV where the
 * directory is not below that root, -ESTALE where it has been removed, or
 * another negative errno.
 */
int ovl_path_below(int root, int fd, struct ovl_bytes *out);

/* ---- table.c ---- */
/* The first bytes of a handle structure, up to the filesystem's own. */
enum { OVL_HEADER = 21 };
struct ovl_table {
	/* A power of two of them, at least one empty: 0. */
	uint32_t *slots;
	size_t slot_count;
	/* Of each row: its header's number, where it begins in `bytes`. */
	const uint32_t *places;
	const unsigned char *bytes;
	/* 21 bytes each. */
	const unsigned char *headers;
	size_t header_count;
	/* No row has any other header. */
	int all_headers;
};
/* Nobody asked for the row, or the table holds more headers than it was asked with. */
enum { OVL_ROW_UNKNOWN = -2 };
/* Row of the handle structure in `len` bytes; -1: none, or OVL_ROW_UNKNOWN. */
int32_t ovl_table_find(const struct ovl_table *t, const unsigned char *fh, size_t len);
/* Fills the empty slots with so many rows. */
void ovl_table_place(const struct ovl_table *t, size_t rows);

/* Where the next row goes. */
struct ovl_table_end {
	uint32_t *places;
	unsigned char *bytes;
	size_t rows, used;
};
enum ovl_loaded { OVL_LOADED, OVL_NO_HANDLE, OVL_OTHER_HEADER };
/* A row for the handle structure whose bytes `name` is, in lower-case hex; at most 107 bytes of `bytes`. */
enum ovl_loaded ovl_table_load(struct ovl_table_end *to, const struct ovl_table *t, const char *name, size_t len);

/* ---- layer.c ---- */
/* Follows symlinks. `readonly`: of the mount at `path`, not of the clone. */
int ovl_open_layer(const char *path, int *cloned, int *readonly);
/* Closes that, or any other descriptor. */
void ovl_close_layer(int fd);
/* A private noatime clone of what is mounted at O_PATH descriptor `at`, without what is mounted below; to be closed by ovl_close_layer(). */
int ovl_open_clone(int at, int readonly);
/* 16 bytes; 0, -ENODATA where the filesystem has none or does not tell, or a negative errno. */
int ovl_fs_uuid(int fd, unsigned char *out);
int ovl_capabilities(uint64_t *out);

/* ---- writable.c: directories to write in, on a clone of their mount that is not read-only. ---- */
/* st_dev and st_ino, as JavaScript has them. */
struct ovl_identity {
	double dev, ino;
};
/* A descriptor for ovl_close_layer(), or a negative errno: what src/lib/host/writer.ts tells. */
int ovl_open_writable(const char *upper, const char *work, const struct ovl_identity *want_upper,
		      const struct ovl_identity *want_work, int *upper_fd, int *work_fd);
/* On the clone of descriptor `upper` where that filesystem has it, else on a clone of its own mount. */
int ovl_open_writable_layer(const char *path, const struct ovl_identity *want, int upper);

/* ---- write.c: 0 or a negative errno, where nothing else is said. ---- */
/* An object to be changed, made or removed: no NUL in its path, and its last name neither empty nor "." nor "..". */
struct ovl_target {
	int root;
	const char *path;
	size_t len;
};

/* O_PATH descriptor of the object itself, be it a symlink. */
int ovl_open_object(const struct ovl_target *t);
/* What `attr` of the object (of the root, where the path is empty) is, behind `value`: its length or a negative errno in `got`. `attr` NULL: not asked. */
int ovl_glance(const struct ovl_target *t, const char *attr, struct stat *st, struct ovl_bytes *value, ssize_t *got);
/* Of the object itself, or of the root where the path is empty. No value: it is removed. */
int ovl_set_xattr(const struct ovl_target *t, const char *name, const char *value, size_t n);
int ovl_link(const struct ovl_target *from, const struct ovl_target *to);
int ovl_rename(const struct ovl_target *from, const struct ovl_target *to);
/* `flags`: 0 or AT_REMOVEDIR. */
int ovl_unlink(const struct ovl_target *t, int flags);
int ovl_whiteout(const struct ovl_target *t);
int ovl_mkdir(const struct ovl_target *t, mode_t mode);
/* Of access and of modification. The empty path is the root, here and in ovl_sync(). */
int ovl_times(const struct ovl_target *t, struct timespec out[2]);
int ovl_set_times(const struct ovl_target *t, const struct timespec times[2]);
int ovl_append(const struct ovl_target *t, const char *bytes, size_t n);
/* A descriptor of a regular file, and what it is. */
int ovl_open_regular(const struct ovl_target *t, int flags, struct stat *st);
/* The same to be read, and its size. */
int ovl_open_file(const struct ovl_target *t, uint64_t *size);
/* A descriptor of a directory, or of a file with one name, that only root or this user owns and writes; else -EPERM. */
int ovl_open_owned(const struct ovl_target *t);
/* Bytes read: less than `n` at the file's end only. */
ssize_t ovl_read_all(int fd, char *to, size_t n);
int ovl_sync(const struct ovl_target *t);

/* ---- attributes.c: 0 or a negative errno. ---- */
/* One xattr by its whole name; anything but 0 ends the reading, and is what it gives. */
typedef int ovl_xattr_taker(void *with, const char *name, const void *value, size_t n);
struct ovl_xattr {
	char *name;
	const char *value;
	size_t size;
};
struct ovl_attributes {
	/* With the type, which is compared. */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec times[2];
	struct ovl_xattr *xattrs;
	size_t count;
};

/* `flags`: FS_IOC_GETFLAGS of a directory. */
int ovl_attributes(const struct ovl_target *t, struct stat *st, unsigned int *flags, ovl_xattr_taker *each, void *with);
/* Give a whiteout or a directory these, and no other xattrs; -ESTALE for any other object. */
int ovl_dress(const struct ovl_target *t, const struct ovl_attributes *a);

/* ---- data.c: of regular files; 0 or a negative errno, where nothing else is said. ---- */
/* linux/fsverity.h: FS_VERITY_MAX_DIGEST_SIZE */
enum { OVL_DIGEST_MAX = 64 };
/* What a write changes besides the data: permission bits, access and modification time; no capability: NULL. */
struct ovl_looks {
	/* Whose looks they are: where another file stands now, nothing is changed, -ESTALE. */
	double ino;
	mode_t mode;
	struct timespec times[2];
	const char *capability;
	size_t capability_size;
};

/* `data`: bytes that are not in holes. The value of security.capability: its length or a negative errno in `got`. */
int ovl_content(const struct ovl_target *t, struct stat *st, uint64_t *data, struct ovl_bytes *capability, ssize_t *got);
/* The fs-verity digest, at most OVL_DIGEST_MAX bytes; -ENODATA: not enabled. */
int ovl_verity(const struct ovl_target *t, uint16_t *algorithm, unsigned char *digest, size_t *size);
/* 1: equal in size and in every byte; 0: not. */
int ovl_same_data(const struct ovl_target *one, const struct ovl_target *other);
/* 1: equal in size, and each byte of `one` is that of `other` or zero; 0: not. */
int ovl_is_part(const struct ovl_target *one, const struct ovl_target *other);
/*
 * Copies what data `from` has behind offset `at`, about `most` bytes of it, and no holes. Where to go on, at the end the
 * size; -ESTALE where the two differ in size, or `to` is not the inode `ino`.
 */
int64_t ovl_copy_data(const struct ovl_target *from, const struct ovl_target *to, double ino, uint64_t at, uint64_t most);
/* The looks that it had. */
int ovl_settle(const struct ovl_target *t, const struct ovl_looks *was);
/* All data away, the size stays; and the looks that it had. -EOPNOTSUPP where the filesystem cannot punch holes. */
int ovl_empty(const struct ovl_target *t, const struct ovl_looks *was);

/* ---- scan.c ---- */
struct ovl_dir_ref {
	int root;
	const char *path;
	size_t len;
};

struct ovl_scan_job {
	struct ovl_dir_ref dir;
	uint32_t resume;
	size_t probe_count;
	struct ovl_dir_ref *probes;
};

struct ovl_scan {
	size_t job_count;
	struct ovl_scan_job *jobs;
	const char *prefix;
	size_t prefix_len;
	size_t part_bytes;
	/* Bit n: read the value of key n (FORMAT.md), bit 31 that of any other; of directories, and of all else. */
	uint32_t dir_values, values;
	/* Encode the handles of all entries, not only of directories. */
	int handles;
	/* Leave names out that a probe directory has. */
	int uncovered;
	/* Whose entries are asked for `upper`, by the origin of a directory; `path` NULL: none. */
	struct ovl_dir_ref index;
	/* Root of the layer in which redirects of directories are followed; negative: they are not. */
	int redirect_root;
	/* In which origins are looked up; `slots` NULL: none. */
	struct ovl_table table;
	struct ovl_bytes out;
};

void ovl_scan_run(struct ovl_scan *s);

#endif
