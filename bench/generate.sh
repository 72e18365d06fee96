#!/bin/sh
# Makes a benchmark image: a sparse ext4 file with lower/, upper/ and work/ that a real overlay
# mount with nfs_export=on has filled. The image stays; run.sh mounts it.
#
#   bench/generate.sh [--dir DIR] [--shape NAME] [--force]
#
# lib.sh has the shapes, and an unknown NAME is answered with all of them.
set -eu
. "$(dirname "$0")/lib.sh"
own_namespace "$@"

force=
while [ $# -gt 0 ]; do
  case $1 in
    --dir) work=$2; shift ;;
    --shape) shape=$2; shift ;;
    --force) force=1 ;;
    *) fail "usage: generate.sh [--dir DIR] [--shape NAME] [--force]" ;;
  esac
  shift
done
shape_numbers "$shape"
build_tools
image=$work/$shape.img
if [ -e "$image" ] && [ -z "$force" ]; then
  echo "$image is there already (--force makes it anew)" >&2
  exit 0
fi

say() { echo "$(date +%T) $*" >&2; }
# Options of an overlay below $1; with nfs_export=on from the start the kernel builds the whole index.
options() { echo "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work,redirect_dir=on,$features"; }

# A fixed UUID and hash seed: the same readdir order in every image that is made.
rm -f "$image.part"
truncate -s "$space" "$image.part"
mkfs.ext4 -q -F -m 0 -N "$inodes" -U 0b5e17e5-0000-4000-8000-000000000001 \
  -E hash_seed=0b5e17e5-0000-4000-8000-000000000002,lazy_itable_init=1,nodiscard "$image.part"
disk=$work/mnt.$$
mkdir -p "$disk"
trap 'umount -R "$disk" 2>/dev/null || true; rmdir "$disk" 2>/dev/null || true' EXIT
mount_image "$image.part" "$disk"
mkdir -p "$disk/lower" "$disk/upper" "$disk/work" "$disk/merged"

say "$shape: lower layer"
"$work/bin/populate" lower "$disk/lower" $numbers
say "$shape: changes through the overlay"
# volatile leaves out an fsync for every copied-up file. Its marker would block the
# next mount, and the sync below makes it untrue, so it is taken away.
mount -t overlay overlay -o "$(options "$disk"),volatile" "$disk/merged"
"$work/bin/populate" live "$disk/merged" $numbers
umount "$disk/merged"
"$work/bin/populate" duplicates "$disk/upper" $numbers
sync -f "$disk"
rm -r "$disk/work/work/incompat"

# A tiny overlay beside it: the fixed cost of a run.
tiny=$disk/tiny
mkdir -p "$tiny/lower/dir" "$tiny/upper" "$tiny/work" "$tiny/merged"
for name in a b c dir/d dir/e; do echo "$name" >"$tiny/lower/$name"; done
mount -t overlay overlay -o "$(options "$tiny")" "$tiny/merged"
chmod 600 "$tiny/merged/a" "$tiny/merged/dir/d"
rm "$tiny/merged/b"
echo new >"$tiny/merged/dir/new"
umount "$tiny/merged"

# The kernel must find nothing to change in what it built itself.
entries() { ls -f "$disk/work/index" 2>/dev/null | grep -v '^#' | sort | cksum; } # without the kernel's temporaries
before=$(entries)
"$work/bin/kernel-mount" "$(options "$disk")" "$disk/merged"
[ "$before" = "$(entries)" ] || fail "a mount changed the index that was just built"

count() { find "$@" -printf . 2>/dev/null | wc -c; } # there may be no index
say "$shape: lower $(count "$disk/lower" -mindepth 1), upper $(count "$disk/upper" -mindepth 1)" \
  "(whiteouts $(count "$disk/upper" -type c)), index $(count "$disk/work/index" -mindepth 1)" \
  "(directories $(count "$disk/work/index" -mindepth 1 -type d), tombstones $(count "$disk/work/index" -type c -not -name '#*'))"
umount "$disk"
mv "$image.part" "$image"
say "$image: $(du -h "$image" | cut -f1) on disk"
