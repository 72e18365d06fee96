/*
 * Runs one command and writes what it took, as one line of JSON, to descriptor 3:
 * wall, user and system time in milliseconds, peak resident memory in KiB (the
 * largest of the command and what it waited for), exit status (128 + signal).
 *
 *   timer COMMAND ARGUMENT… 3>FILE
 *
 * Small on purpose: a child inherits its parent's peak until exec, so the parent must be small.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double milliseconds(struct timeval t) { return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3; }

int main(int count, char **arguments) {
    if (count < 2 || fcntl(3, F_SETFD, FD_CLOEXEC)) {
        fprintf(stderr, "usage: timer COMMAND ARGUMENT… 3>FILE\n");
        return 2;
    }
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    pid_t child = vfork();
    if (child < 0) {
        perror("vfork");
        return 2;
    }
    if (child == 0) {
        execvp(arguments[1], arguments + 1);
        _exit(127);
    }
    int status;
    struct rusage used;
    while (wait4(child, &status, 0, &used) < 0)
        if (errno != EINTR) return 2;
    clock_gettime(CLOCK_MONOTONIC, &after);
    dprintf(3, "{\"wall\":%.3f,\"user\":%.3f,\"sys\":%.3f,\"peakKiB\":%ld,\"status\":%d}\n",
            (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6,
            milliseconds(used.ru_utime), milliseconds(used.ru_stime), used.ru_maxrss,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 0;
}
