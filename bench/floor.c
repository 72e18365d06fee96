/*
 * The floor: what a check of an index must at least ask the kernel for, asked from C, with no
 * thought spent on the answers. No program that makes these calls is quicker by its own cleverness.
 *
 *   floor UPPER LOWER INDEX [--lean] [--threads N] [--verbose]
 *
 * For each upper directory: getdents64. For each entry that is no whiteout: listxattr and a
 * getxattr for every overlay xattr in the list, then statx and name_to_handle_at of the lower
 * object that overlayfs finds for it (same name, or where the redirect leads). For the index:
 * getdents64, and `upper` of each directory. --lean leaves out what a clever caller can: the
 * values of nlink and impure, and statx where the handle is the origin.
 *
 * One lower layer. The *xattrat calls where the kernel has them (6.13), else a working
 * directory for each thread, so that names stay relative there too.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PREFIX "trusted.overlay."
enum { GETXATTRAT = 464, LISTXATTRAT = 465, HANDLE_HEADER = 21, DENTS = 128 * 1024 };

struct xattr_arguments { uint64_t value; uint32_t size, flags; };
struct task { struct task *next; char *upper, *lower; int index; };
struct counts {
    long dirs, entries, whiteouts, lists, xattrs, stats, handles, same, other, index, errors;
};

static int upper_root, lower_root, index_root, lean, verbose, has_xattrat;
static struct task *stack;
static long unfinished;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct counts total;

static char *join(const char *dir, const char *name) {
    char *path;
    if (asprintf(&path, "%s%s%s", dir, *dir ? "/" : "", name) < 0) abort();
    return path;
}

/* Takes both strings over. lower may be NULL: nothing merges below here. */
static void push(char *upper, char *lower, int index) {
    struct task *task = malloc(sizeof *task);
    if (!task) abort();
    *task = (struct task){.upper = upper, .lower = lower, .index = index};
    pthread_mutex_lock(&lock);
    task->next = stack;
    stack = task;
    unfinished++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

static struct task *pop(void) {
    pthread_mutex_lock(&lock);
    while (!stack && unfinished) pthread_cond_wait(&changed, &lock);
    struct task *task = stack;
    if (task) stack = task->next;
    pthread_mutex_unlock(&lock);
    return task;
}

static void finish(struct task *task) {
    free(task->upper);
    free(task->lower);
    free(task);
    pthread_mutex_lock(&lock);
    if (--unfinished == 0) pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static ssize_t list_xattrs(int dir, const char *name, char *out, size_t size) {
    if (has_xattrat) return syscall(LISTXATTRAT, dir, name, AT_SYMLINK_NOFOLLOW, out, size);
    return llistxattr(name, out, size);
}

static ssize_t get_xattr(int dir, const char *name, const char *key, void *out, size_t size) {
    struct xattr_arguments arguments = {(uint64_t)(uintptr_t)out, (uint32_t)size, 0};
    if (has_xattrat)
        return syscall(GETXATTRAT, dir, name, AT_SYMLINK_NOFOLLOW, key, &arguments, sizeof arguments);
    return lgetxattr(name, key, out, size);
}

struct found { unsigned char origin[256]; ssize_t origin_size; char redirect[4096]; int opaque; };

static void read_xattrs(int dir, const char *name, struct found *found, struct counts *n) {
    char names[4096], value[4096];
    found->origin_size = -1;
    found->redirect[0] = 0;
    found->opaque = 0;
    n->lists++;
    ssize_t size = list_xattrs(dir, name, names, sizeof names);
    if (size < 0) n->errors++;
    for (char *key = names; key < names + size; key += strlen(key) + 1) {
        if (strncmp(key, PREFIX, sizeof PREFIX - 1)) continue;
        const char *kind = key + sizeof PREFIX - 1;
        if (lean && (!strcmp(kind, "nlink") || !strcmp(kind, "impure"))) continue;
        n->xattrs++;
        if (!strcmp(kind, "origin")) {
            found->origin_size = get_xattr(dir, name, key, found->origin, sizeof found->origin);
            continue;
        }
        ssize_t length = get_xattr(dir, name, key, value, sizeof value - 1);
        if (length < 0) { n->errors++; continue; }
        value[length] = 0;
        if (!strcmp(kind, "redirect")) strcpy(found->redirect, value);
        if (!strcmp(kind, "opaque") && value[0] == 'y') found->opaque = 1;
    }
}

/* 1 where the lower object is there. */
static int probe_lower(int dir, const char *name, const struct found *found, struct counts *n) {
    union { struct file_handle header; unsigned char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ]; } handle;
    struct statx stat;
    int mount_id, same = 0;
    handle.header.handle_bytes = MAX_HANDLE_SZ;
    if (!lean) {
        n->stats++;
        if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stat)) return 0;
    }
    n->handles++;
    if (name_to_handle_at(dir, name, &handle.header, &mount_id, 0)) return 0;
    if (found->origin_size > HANDLE_HEADER) {
        size_t size = (size_t)found->origin_size - HANDLE_HEADER;
        same = size == handle.header.handle_bytes && !memcmp(found->origin + HANDLE_HEADER, handle.header.f_handle, size);
        if (same) n->same++; else n->other++;
    }
    if (lean && !same) {
        n->stats++;
        if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stat)) return 0;
    }
    return 1;
}

static void read_entry(const struct task *task, int dir, int lower_dir, const struct dirent64 *entry, struct counts *n) {
    struct found found;
    const char *name = entry->d_name;
    n->entries++;
    if (entry->d_type == DT_CHR) {
        struct statx stat;
        n->stats++;
        if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stat)) n->errors++;
        else if (stat.stx_rdev_major == 0 && stat.stx_rdev_minor == 0) { n->whiteouts++; return; }
    }
    read_xattrs(dir, name, &found, n);
    int there = 0;
    char *lower = NULL;
    if (found.redirect[0] == '/') {
        lower = strdup(found.redirect + 1);
        there = probe_lower(lower_root, lower, &found, n);
    } else if (lower_dir >= 0) {
        const char *below = found.redirect[0] ? found.redirect : name;
        there = probe_lower(lower_dir, below, &found, n);
        if (entry->d_type == DT_DIR) lower = join(task->lower, below);
    }
    if (entry->d_type == DT_DIR) {
        if (!there || found.opaque) { free(lower); lower = NULL; }
        push(join(task->upper, name), lower, 0);
    } else free(lower);
}

static void read_index_entry(int dir, const struct dirent64 *entry, struct counts *n) {
    unsigned char value[256];
    n->index++;
    if (entry->d_type != DT_DIR) return;
    n->xattrs++;
    if (get_xattr(dir, entry->d_name, PREFIX "upper", value, sizeof value) < 0) n->errors++;
}

static void read_dir(const struct task *task, char *buffer, struct counts *n) {
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, lower_dir = -1;
    int dir = openat(task->index ? index_root : upper_root, *task->upper ? task->upper : ".", flags);
    if (task->lower) lower_dir = openat(lower_root, *task->lower ? task->lower : ".", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (dir < 0 || (task->lower && lower_dir < 0) || (!has_xattrat && fchdir(dir))) {
        n->errors++;
    } else {
        long got;
        n->dirs++;
        while ((got = syscall(SYS_getdents64, dir, buffer, DENTS)) > 0)
            for (long at = 0; at < got;) {
                const struct dirent64 *entry = (const struct dirent64 *)(buffer + at);
                at += entry->d_reclen;
                if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
                if (task->index) read_index_entry(dir, entry, n);
                else read_entry(task, dir, lower_dir, entry, n);
            }
        if (got < 0) n->errors++;
    }
    if (dir >= 0) close(dir);
    if (lower_dir >= 0) close(lower_dir);
}

static void *worker(void *unused) {
    struct counts mine = {0};
    struct task *task;
    char *buffer = malloc(DENTS);
    (void)unused;
    if (!buffer || (!has_xattrat && unshare(CLONE_FS))) abort();
    while ((task = pop())) {
        read_dir(task, buffer, &mine);
        finish(task);
    }
    free(buffer);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < sizeof mine / sizeof(long); i++) ((long *)&total)[i] += ((long *)&mine)[i];
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int open_root(const char *path) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) { perror(path); exit(1); }
    return fd;
}

int main(int count, char **arguments) {
    int threads = 2;
    if (count < 4) {
        fprintf(stderr, "usage: floor UPPER LOWER INDEX [--lean] [--threads N] [--verbose]\n");
        return 2;
    }
    for (int i = 4; i < count; i++) {
        if (!strcmp(arguments[i], "--lean")) lean = 1;
        else if (!strcmp(arguments[i], "--verbose")) verbose = 1;
        else if (!strcmp(arguments[i], "--threads") && i + 1 < count) threads = atoi(arguments[++i]);
        else return 2;
    }
    if (threads < 1 || threads > 64) return 2;
    upper_root = open_root(arguments[1]);
    lower_root = open_root(arguments[2]);
    index_root = open_root(arguments[3]);
    char nothing[1];
    has_xattrat = syscall(LISTXATTRAT, upper_root, "", AT_EMPTY_PATH, nothing, 0) >= 0;
    pthread_t ids[64];
    push(strdup(""), strdup(""), 0);
    push(strdup(""), NULL, 1);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, worker, NULL)) abort();
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    if (verbose)
        fprintf(stderr, "%s: %ld directories, %ld entries, %ld whiteouts, %ld lists, %ld xattrs, %ld stats, %ld handles "
                "(%ld the origin, %ld not), %ld index entries, %ld errors\n", has_xattrat ? "*xattrat" : "*xattr",
                total.dirs, total.entries, total.whiteouts, total.lists, total.xattrs, total.stats, total.handles,
                total.same, total.other, total.index, total.errors);
    return total.errors ? 1 : 0;
}
