#!/bin/sh
# Makes the image `moved`: the layers of the image `standard`, copied to another filesystem as people copy them. No
# handle that is stored in them leads anywhere there.
#
#   bench/move.sh [--dir DIR]
set -eu
. "$(dirname "$0")/lib.sh"
own_namespace "$@"
[ "${1:-}" != --dir ] || work=$2
image=$work/moved.img
[ ! -e "$image" ] || exit 0
[ -e "$work/standard.img" ] || OVL_BENCH_NAMESPACE= "$here/generate.sh" --dir "$work"

shape_numbers standard
from=$work/mnt-from.$$ to=$work/mnt-to.$$
trap 'umount "$from" "$to" 2>/dev/null || true; rmdir "$from" "$to" 2>/dev/null || true' EXIT
mkdir -p "$from" "$to"
rm -f "$image.part"
truncate -s "$space" "$image.part"
mkfs.ext4 -q -F -m 0 -N "$inodes" -E lazy_itable_init=1,nodiscard "$image.part"
mount_image "$work/standard.img" "$from"
mount_image "$image.part" "$to"
mkdir "$to/merged"
# One command: it keeps the links between the index and upper.
cp -a "$from/lower" "$from/upper" "$from/work" "$to"
umount "$from" "$to"
mv "$image.part" "$image"
