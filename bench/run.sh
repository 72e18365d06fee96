#!/bin/sh
# Measures on a benchmark image; makes it first where it is missing.
#
#   bench/run.sh [--dir DIR] [--shape standard|wide|quarter|million] [--rounds N]
#   bench/run.sh --memory [--dir DIR] [--rounds N]
#   bench/run.sh --write [--dir DIR] [--rounds N]
#   bench/run.sh --handles [--dir DIR] [--shape NAME] [--rounds N]
#   bench/run.sh --restamp [--dir DIR] [--rounds N]
#   bench/run.sh --fsck [--dir DIR] [--rounds N]
set -eu
. "$(dirname "$0")/lib.sh"
own_namespace "$@"

rounds= mode=speed
while [ $# -gt 0 ]; do
  case $1 in
    --dir) work=$2; shift ;;
    --shape) shape=$2; shift ;;
    --rounds) rounds=$2; shift ;;
    --memory | --write | --handles | --restamp | --fsck) mode=${1#--} ;;
    *) fail "usage: run.sh [--dir DIR] [--shape NAME] [--rounds N] [--memory|--write|--handles|--restamp|--fsck]" ;;
  esac
  shift
done
case $mode in
  memory) shapes="quarter million" ;;
  write) shapes=unindexed ;;
  restamp) shapes=standard ;;
  fsck) shapes="redirects10k redirects40k duplicates10k duplicates40k" ;;
  *) shapes=$shape ;;
esac
build_tools
unset NODE_EXTRA_CA_CERTS NODE_OPTIONS # either would slow every start of node

disks=
trap 'for disk in $disks; do umount -R "$disk" 2>/dev/null || true; rmdir "$disk" 2>/dev/null || true; done' EXIT
# One run at a time: two would share one image, and measure each other.
exec 9>"$work/lock"
flock -n 9 || fail "another run uses $work"
[ "$mode" != restamp ] || OVL_BENCH_NAMESPACE= "$here/move.sh" --dir "$work" 9>&-
for shape in $shapes; do
  [ -e "$work/$shape.img" ] || OVL_BENCH_NAMESPACE= "$here/generate.sh" --dir "$work" --shape "$shape" 9>&-
  [ "$mode" != write ] || continue # it is copied for each run
  disk=$work/mnt-$shape.$$
  mkdir -p "$disk"
  disks="$disks $disk"
  mount_image "$work/$shape.img" "$disk"
done

cd "$here/.."
clear_copies='for disk in "$work"/mnt-write.* $disks; do umount -R "$disk" 2>/dev/null || true; rmdir "$disk" 2>/dev/null || true; done
  rm -f "$work"/write.*.img'
case $mode in
  memory) node --import tsx bench/memory.ts "$work/bin" "${rounds:-3}" $disks ;;
  fsck) node --import tsx bench/fsck.ts "$work/bin" "${rounds:-11}" $disks ;;
  handles) node --import tsx bench/handles.ts "$work/bin" "$disk" "$work" "${rounds:-11}" ;;
  write)
    trap "$clear_copies" EXIT
    node --import tsx bench/write.ts "$work/bin" "$work" "${rounds:-5}"
    ;;
  restamp)
    trap "$clear_copies" EXIT
    node --import tsx bench/restamp.ts "$work/bin" "$work" "$disk" "${rounds:-3}"
    ;;
  speed)
    "$work/bin/floor" "$disk/upper" "$disk/lower" "$disk/work/index" --verbose
    node --import tsx bench/run.ts "$work/bin" "$disk" "${rounds:-11}"
    ;;
esac
