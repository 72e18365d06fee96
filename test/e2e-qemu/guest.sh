# A virtual machine with another kernel, in which one bundled program runs. To be sourced:
#
#   new_guest PROGRAM…        a root for it, in $root, with programs of this machine
#   boot SOURCE [ARGUMENT…]   bundles SOURCE (TypeScript), runs it there, prints what it prints; 0 where it says E2E PASSED
#
# KERNEL: its version, 6.1 unless told; one of those below. Needs no root. Needs qemu-system-x86_64, cpio, apt-get, dpkg-deb,
# depmod (kmod), xz, zstd, and a built package (npm ci). Kernels and busybox come from Debian's and Ubuntu's archives by apt and
# stay in node_modules/.cache. ACCEL=kvm takes what the machine's processor can do, where that works; PATIENCE is in seconds.
PATH=$PATH:/usr/sbin:/sbin
cache=$PWD/node_modules/.cache/ovl-index-e2e
version=${KERNEL:-6.1}

# Where a kernel of this version is to be had, as a line of sources.list(5).
origin_of() {
  local debian="deb [arch=amd64] http://deb.debian.org/debian" ubuntu="deb [arch=amd64 trusted=yes] http://archive.ubuntu.com/ubuntu"
  case $1 in
    5.10) echo "$debian bullseye main" ;;
    5.15) echo "$ubuntu jammy main" ;;
    6.1) echo "$debian bookworm main" ;;
    6.8) echo "$ubuntu noble main" ;;
    6.12) echo "$debian trixie main" ;;
    6.16 | 6.17) echo "$debian trixie-backports main" ;;
    7.0) echo "$ubuntu noble-updates main" ;;
    7.2) echo "$debian sid main" ;;
    *) echo "e2e-qemu: nobody knows where kernel $1 is to be had: see test/e2e-qemu/guest.sh" >&2; return 16 ;;
  esac
}

# In 8 where one of these programs is missing.
need() {
  local program missing=()
  for program in "$@"; do command -v "$program" >/dev/null || missing+=("$program"); done
  [ -e native/build/ovl.node ] || missing+=("the native addon (npm ci)")
  [ "${#missing[@]}" -eq 0 ] && return
  printf 'e2e-qemu: missing: %s\n' "${missing[*]}" >&2
  exit 8
}

# apt with lists of its own, of what has this kernel.
apt_of() { # apt-get|apt-cache ARGUMENT…
  local program=$1 at=$cache/apt-$version
  shift
  "$program" -q -o Dir::State="$at" -o Dir::State::status=/dev/null -o Dir::Cache="$at" -o APT::Sandbox::User= \
    -o Dir::Etc::SourceList="$at/sources.list" -o Dir::Etc::SourceParts=/dev/null "$@"
}

# Packages into one folder, once.
unpack() { # FOLDER PACKAGE…
  local folder=$1
  shift
  [ -d "$folder" ] && return
  mkdir "$folder.new"
  (cd "$folder.new" && apt_of apt-get download "$@" >&2 && for package in *.deb; do dpkg-deb -x "$package" .; done && rm -- *.deb)
  mv "$folder.new" "$folder"
}

# The newest kernel of that version, in $kernel. Its modules are unpacked: busybox knows few ways to do it.
fetch_kernel() {
  local name kind part names=()
  kernel=$cache/kernel-$version
  [ -d "$kernel" ] && return
  mkdir -p "$cache/apt-$version"/{lists,archives}/partial
  origin_of "$version" >"$cache/apt-$version/sources.list"
  apt_of apt-get update >&2
  unpack "$cache/busybox" busybox-static
  name=$(apt_of apt-cache pkgnames "linux-image-$version" | grep -E "^linux-image-$version[.+-][0-9a-z.+~-]*-(amd64|generic)\$" |
    grep -vE -- '-(cloud|rt|64k)-' | sort -V | tail -1)
  [ -n "$name" ] || { echo "e2e-qemu: no linux-image of $version in $(origin_of "$version")" >&2; exit 8; }
  # Some have the modules, or the kernel too, in packages of their own.
  for kind in image binary modules; do
    part=linux-$kind-${name#linux-image-}
    if apt_of apt-cache pkgnames "$part" | grep -qxF "$part"; then names+=("$part"); fi
  done
  unpack "$kernel.whole" "${names[@]}"
  mkdir -p "$kernel.whole/lib"
  [ ! -d "$kernel.whole/usr/lib/modules" ] || mv "$kernel.whole/usr/lib/modules" "$kernel.whole/lib/"
  mv "$kernel.whole"/boot/vmlinuz-* "$kernel.whole/vmlinuz" 2>/dev/null || mv "$kernel.whole"/lib/modules/*/vmlinuz "$kernel.whole/vmlinuz"
  find "$kernel.whole/lib/modules" -name '*.ko.xz' -exec xz -d {} +
  find "$kernel.whole/lib/modules" -name '*.ko.zst' -exec zstd -q -d --rm {} +
  mv "$kernel.whole" "$kernel"
}

# A program of this machine and its libraries, at their places.
add_program() {
  local program from file
  for program in "$@"; do
    from=$(command -v "$program")
    cp -L "$from" "$root/usr/bin/$program"
    ldd "$from" 2>/dev/null | grep -o '/[^ ]*' | while read -r file; do
      mkdir -p "$root$(dirname "$file")"
      cp -Lu "$file" "$root$file"
    done
  done
}

# Modules: what modprobe finds by their dependencies, filesystems and the network of NFS.
add_modules() {
  local release part modules
  release=$(basename "$kernel"/lib/modules/*)
  modules=lib/modules/$release
  for part in modules.builtin modules.order kernel/{crypto,lib,fs,net/sunrpc,net/dns_resolver,drivers/block,arch/x86/crypto}; do
    [ -e "$kernel/$modules/$part" ] || continue
    mkdir -p "$root/$modules/$(dirname "$part")"
    cp -r "$kernel/$modules/$part" "$root/$modules/$(dirname "$part")/"
  done
  depmod -b "$root" "$release" 2>/dev/null
}

new_guest() {
  need qemu-system-x86_64 cpio dpkg-deb apt-get depmod xz zstd node "$@"
  mkdir -p "$cache"
  fetch_kernel
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  root=$scratch/root
  mkdir -p "$root"/{bin,dev,etc,lib64,proc,sys,tmp,stage,usr/bin,ovl-index/native,ovl-index/node_modules}
  add_program node mount umount "$@"
  [ ! -e /etc/mke2fs.conf ] || cp /etc/mke2fs.conf "$root/etc/"
  cp "$cache"/busybox/bin/busybox "$root/bin/"
  add_modules
  cp -r native/build "$root/ovl-index/native/"
  cp package.json "$root/ovl-index/"
  cp -rL node_modules/fs-xattr "$root/ovl-index/node_modules/"
  install -m 755 test/e2e-qemu/init "$root/init"
}

boot() {
  local source=$1
  shift
  node_modules/.bin/esbuild "$source" --bundle --platform=node --target=node20 --format=esm \
    --external:fs-xattr --external:typescript --log-level=error --outfile="$root/ovl-index/test/support/guest.mjs" \
    --banner:js='import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);'
  printf '%s\n' "$*" >"$root/ovl-index/arguments"
  (cd "$root" && find . | cpio -o -H newc -R 0:0 --quiet) >"$scratch/initrd"
  timeout "${PATIENCE:-600}" qemu-system-x86_64 -machine accel="${ACCEL:-tcg}" -cpu max -m 2048 -smp 2 -nographic -no-reboot -nic none \
    -kernel "$kernel/vmlinuz" -initrd "$scratch/initrd" -append "console=ttyS0 quiet panic=-1" </dev/null |
    tr -d '\r' | tee "$scratch/log"
  grep -qx 'E2E PASSED' "$scratch/log"
}
