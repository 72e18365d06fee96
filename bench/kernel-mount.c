/*
 * The kernel's own verification of an index: mount the overlay, unmount it. mount(2) itself,
 * so that no start-up of mount(8) is counted.
 *
 *   kernel-mount OPTIONS MOUNTPOINT
 */
#include <stdio.h>
#include <sys/mount.h>

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: kernel-mount OPTIONS MOUNTPOINT\n");
        return 2;
    }
    if (mount("overlay", arguments[2], "overlay", 0, arguments[1])) {
        perror("mount");
        return 1;
    }
    if (umount2(arguments[2], 0)) {
        perror("umount");
        return 1;
    }
    return 0;
}
