# Sourced by generate.sh and run.sh: shapes, building the small C tools, mounting an image.

here=$(cd "$(dirname "$0")" && pwd)
work=${OVL_BENCH_DIR:-/tmp/ovl-bench}
shape=standard

fail() { echo "bench: $*" >&2; exit 1; }

shapes_known="standard, wide, quarter, million, unindexed, redirects10k, redirects40k, duplicates10k, duplicates40k"

# Sets the same for so many renamed directories, of so many in all with a file each, and so many duplicates.
renamed() {
  numbers="files=$2 dirs=$2 touched=$2 copies=$2 redirects=$1 whiteouts=0 fresh=0 bytes=0 duplicates=${3:-0}"
  inodes=300000 features=index=off,nfs_export=off
}

# Sets `numbers` (for populate), `inodes` and `space` (for mkfs) and `features` (for mount) for a shape.
shape_numbers() {
  features=index=on,nfs_export=on
  case $1 in
    standard) numbers="files=200000 dirs=5000 touched=3000 copies=90000 redirects=2000 whiteouts=4000 fresh=10000 bytes=100"
      inodes=400000 space=4G ;;
    # The same changes on a lower layer five times as large: shows what the untouched part costs.
    wide) numbers="files=1000000 dirs=25000 touched=3000 copies=90000 redirects=2000 whiteouts=4000 fresh=10000 bytes=0"
      inodes=1300000 space=6G ;;
    # Everything copied up: the slope of memory.
    quarter) numbers="files=250000 dirs=6200 touched=6200 copies=250000 redirects=0 whiteouts=0 fresh=0 bytes=0"
      inodes=600000 space=6G ;;
    million) numbers="files=1000000 dirs=25000 touched=25000 copies=1000000 redirects=0 whiteouts=0 fresh=0 bytes=0"
      inodes=2300000 space=12G ;;
    # As standard, but mounted without an index all along, and without contents, which nobody reads: for `build`.
    unindexed) numbers="files=200000 dirs=5000 touched=3000 copies=90000 redirects=2000 whiteouts=4000 fresh=10000 bytes=0"
      inodes=400000 space=2G features=index=off,nfs_export=off ;;
    # Little else than redirects, as somebody who never exports has them; and one directory that many redirects lead to.
    redirects10k) renamed 10000 10200; space=1G ;;
    redirects40k) renamed 40000 40500; space=2G ;;
    duplicates10k) renamed 0 100 10000; space=1G ;;
    duplicates40k) renamed 0 100 40000; space=2G ;;
    *) fail "unknown shape $1 ($shapes_known)" ;;
  esac
}

build_tools() {
  mkdir -p "$work/bin"
  for tool in populate timer kernel-mount floor; do
    [ "$work/bin/$tool" -nt "$here/$tool.c" ] && continue
    ${CC:-cc} -O2 -Wall -Wextra -pthread -o "$work/bin/$tool.$$" "$here/$tool.c" || fail "no C compiler?"
    mv "$work/bin/$tool.$$" "$work/bin/$tool"
  done
}

# Runs this script again in a mount namespace of its own: nothing that is mounted
# here is seen elsewhere, and all of it goes away with the last process, however that ends.
own_namespace() {
  [ "$(id -u)" = 0 ] || fail "needs root: it mounts a loop image and an overlay"
  [ "${OVL_BENCH_NAMESPACE:-}" = "$$" ] && return
  exec unshare -m --propagation private sh -c 'OVL_BENCH_NAMESPACE=$$ exec "$0" "$@"' "$0" "$@"
}

# noatime, so that reading writes nothing; noinit_itable, so that no kernel thread writes meanwhile.
mount_image() { mount -o loop,noatime,noinit_itable "$1" "$2" || fail "cannot mount $1"; }
