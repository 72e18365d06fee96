/*
 * Makes the benchmark's trees: the lower layer, and the life that is then lived
 * on it through a mounted overlay. Everything follows from the numbers given and
 * a fixed seed, so two images made with the same numbers hold the same names.
 *
 *   populate lower ROOT KEY=N…    the lower layer's directories and files
 *   populate live  ROOT KEY=N…    copy-ups, renames, deletions and new files below a mount
 *   populate duplicates ROOT KEY=N…  in the upper layer, by hand: redirects to one directory that stands in its place
 *
 * KEY: files, dirs (a multiple of 100), touched (directories that are written to at
 * all, a multiple of 100), copies, redirects, whiteouts, fresh, bytes (largest lower file), duplicates.
 *
 * Shape: directories come in blocks of 100: one top, nine in it, ten in each of those.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 100, MIDDLES = 9, LEAVES = 10, NAME = 32, PATH = 256 };

struct dir { int parent; char name[NAME]; };
struct file { int dir; char name[NAME]; };

static long files = 200000, dirs = 5000, touched = 3000, copies = 90000;
static long redirects = 2000, whiteouts = 4000, fresh = 10000, bytes = 100, duplicates = 0;
static const struct { const char *key; long *value; } keys[] = {
    {"files", &files}, {"dirs", &dirs}, {"touched", &touched}, {"copies", &copies},
    {"redirects", &redirects}, {"whiteouts", &whiteouts}, {"fresh", &fresh}, {"bytes", &bytes}, {"duplicates", &duplicates},
};

static struct dir *dir_table;
static struct file *file_table;
static uint64_t seed = 0x9e3779b97f4a7c15u;
static int root;

static void die(const char *format, ...) {
    int error = errno;
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, ": %s\n", strerror(error));
    exit(1);
}

static uint64_t draw(uint64_t below) { /* xorshift64* */
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * 0x2545f4914f6cdd1du >> 33) % below;
}

static void make_name(char *out, const char *kind, long unique) {
    int length = 3 + (int)draw(9);
    for (int i = 0; i < length; i++) out[i] = (char)('a' + draw(26));
    snprintf(out + length, (size_t)(NAME - length), "%s%ld", kind, unique);
}

static void make_tables(void) {
    dir_table = calloc((size_t)dirs, sizeof *dir_table);
    file_table = calloc((size_t)files, sizeof *file_table);
    if (!dir_table || !file_table) die("tables");
    for (long i = 0; i < dirs; i++) {
        long in_block = i % BLOCK, top = i - in_block;
        if (in_block == 0) dir_table[i].parent = -1;
        else if (in_block <= MIDDLES) dir_table[i].parent = (int)top;
        else dir_table[i].parent = (int)(top + 1 + (in_block - 1 - MIDDLES) / LEAVES);
        make_name(dir_table[i].name, "-d", i);
    }
    for (long i = 0; i < files; i++) {
        file_table[i].dir = (int)(i * dirs / files);
        make_name(file_table[i].name, ".", i);
    }
}

/* Path of a directory as it is called now, with a slash at the end. */
static size_t dir_path(int dir, char *out) {
    size_t at = dir_table[dir].parent < 0 ? 0 : dir_path(dir_table[dir].parent, out);
    return at + (size_t)sprintf(out + at, "%s/", dir_table[dir].name);
}

static const char *path_of(int dir, const char *name) {
    static char buffers[2][PATH];
    static int turn;
    char *out = buffers[turn ^= 1];
    size_t at = dir < 0 ? 0 : dir_path(dir, out);
    snprintf(out + at, PATH - at, "%s", name);
    return out;
}

static void write_file(const char *path, int flags, long size) {
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    int fd = openat(root, path, flags | O_WRONLY | O_CLOEXEC, 0644);
    if (fd < 0) die("open %s", path);
    if (size > 0 && write(fd, text, (size_t)size) != size) die("write %s", path);
    close(fd);
}

static void make_lower(void) {
    for (long i = 0; i < dirs; i++) {
        const char *path = path_of(dir_table[i].parent, dir_table[i].name);
        if (mkdirat(root, path, 0755)) die("mkdir %s", path);
    }
    for (long i = 0; i < files; i++)
        write_file(path_of(file_table[i].dir, file_table[i].name), O_CREAT | O_EXCL, (long)draw((uint64_t)bytes + 1));
}

static void shuffle(int *items, long count) {
    for (long i = count - 1; i > 0; i--) {
        long other = (long)draw((uint64_t)i + 1);
        int kept = items[i];
        items[i] = items[other];
        items[other] = kept;
    }
}

static void copy_up(const struct file *file) {
    const char *path = path_of(file->dir, file->name);
    if (draw(2)) write_file(path, O_APPEND, 8);
    else if (fchmodat(root, path, 0640, 0)) die("chmod %s", path);
}

/* Three of four are renamed in place (relative redirect), the fourth leaf moves elsewhere (absolute). */
static void rename_dir(int dir) {
    struct dir *moved = &dir_table[dir], was = *moved;
    const char *from = path_of(was.parent, was.name);
    make_name(moved->name, "-r", dir);
    if (dir % BLOCK > MIDDLES && draw(4) == 0)
        moved->parent = (int)draw((uint64_t)touched / BLOCK) * BLOCK + 1 + (int)draw(MIDDLES);
    const char *to = path_of(moved->parent, moved->name);
    if (renameat(root, from, root, to)) die("rename %s to %s", from, to);
}

static void live(void) {
    long reachable = 0, renamable = 0;
    int *some_files = calloc((size_t)files, sizeof(int)), *some_dirs = calloc((size_t)touched, sizeof(int));
    if (!some_files || !some_dirs) die("lists");
    for (long i = 0; i < files; i++)
        if (file_table[i].dir < touched) some_files[reachable++] = (int)i;
    for (int i = 0; i < touched; i++)
        if (i % BLOCK) some_dirs[renamable++] = i;
    if (copies + whiteouts > reachable || redirects > renamable) {
        fprintf(stderr, "populate: more changes than touched files or directories\n");
        exit(2);
    }
    shuffle(some_files, reachable);
    shuffle(some_dirs, renamable);
    long early = copies / 2;
    for (long i = 0; i < early; i++) copy_up(&file_table[some_files[i]]);
    for (long i = 0; i < redirects; i++) rename_dir(some_dirs[i]);
    for (long i = early; i < copies; i++) copy_up(&file_table[some_files[i]]);
    for (long i = copies; i < copies + whiteouts; i++) {
        const struct file *file = &file_table[some_files[i]];
        if (unlinkat(root, path_of(file->dir, file->name), 0)) die("unlink %s", file->name);
    }
    for (long i = 0; i < fresh; i++) {
        char name[NAME];
        make_name(name, ".new", i);
        write_file(path_of((int)draw((uint64_t)touched), name), O_CREAT | O_EXCL, (long)draw((uint64_t)bytes + 1));
    }
}

/* The kernel makes none: as if a renamed directory was copied with its xattrs, again and again. */
static void duplicate(void) {
    char redirect[PATH];
    const struct dir *leaf = &dir_table[BLOCK - 1];
    int length = snprintf(redirect, sizeof redirect, "/%s", path_of(leaf->parent, leaf->name));
    for (long i = 0; i < duplicates; i++) {
        char name[NAME];
        make_name(name, "-c", i);
        if (mkdirat(root, name, 0755)) die("mkdir %s", name);
        int fd = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsetxattr(fd, "trusted.overlay.redirect", redirect, (size_t)length, 0)) die("redirect of %s", name);
        close(fd);
    }
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: populate lower|live|duplicates ROOT KEY=N…\n");
        return 2;
    }
    for (int i = 3; i < count; i++) {
        int known = 0;
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
            size_t length = strlen(keys[k].key);
            if (strncmp(arguments[i], keys[k].key, length) || arguments[i][length] != '=') continue;
            *keys[k].value = atol(arguments[i] + length + 1);
            known = 1;
        }
        if (!known) {
            fprintf(stderr, "populate: unknown %s\n", arguments[i]);
            return 2;
        }
    }
    if (dirs % BLOCK || touched % BLOCK || touched > dirs || bytes > 120) {
        fprintf(stderr, "populate: dirs and touched are multiples of %d, touched <= dirs, bytes <= 120\n", BLOCK);
        return 2;
    }
    umask(022);
    root = open(arguments[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) die("%s", arguments[2]);
    make_tables();
    if (!strcmp(arguments[1], "lower")) make_lower();
    else if (!strcmp(arguments[1], "duplicates")) duplicate();
    else {
        seed ^= 0x5851f42d4c957f2du; /* another stream, so that lower's sizes do not steer the life */
        live();
    }
    return 0;
}
