#!/bin/bash
# A systemd of its own, in namespaces of its own: nothing of it outlives this script.
#
#   boot-systemd.sh SCRATCH STAGE PACKAGE NODE SECONDS
#
# To be called in a mount namespace of its own. SCRATCH has units/ (for /etc/systemd/system), fstab and script: a shell
# script that one of its services runs, and whose output is printed. STAGE is what the script mounts and changes. Ends in 8
# where systemd, or the script, does not come to an end in time.
#
# As root it does at boot whatever units say: it empties /tmp, sets sysctls, calls udev. So it has a root of its own with
# /usr, PACKAGE and NODE to be read, and SCRATCH and STAGE; nothing else of this system is in its namespace at all. And it
# knows no units but those of the test and the few targets below.
set -euo pipefail
scratch=$1 stage=$2 package=$3 node=$4 seconds=$5
targets=(local-fs-pre.target local-fs.target emergency.target shutdown.target umount.target)

# Every hierarchy of control groups that this system has, with "mount options path" on a line.
hierarchies() { sed -E 's/^0::/- /; s/^[0-9]+:([^:]*):/\1 /; s/^name=/none,name=/' /proc/self/cgroup; }
mount_hierarchy() { if [ "$1" = - ]; then mount -t cgroup2 cgroup2 "$2"; else mount -t cgroup -o "$1" cgroup "$2"; fi; }

if [ "${INSIDE_NAMESPACES:-}" != yes ]; then
  mkfifo "$scratch/done"
  # A group of its own in each of them, below the one that we are in: systemd takes it for the topmost.
  groups=()
  while read -r options path; do
    at=$scratch/cgroups/$options
    mkdir -p "$at"
    mount_hierarchy "$options" "$at"
    groups+=("$at${path%/}/ovl-index-test-$$")
    mkdir "${groups[-1]}"
  done < <(hierarchies)
  (
    for group in "${groups[@]}"; do
      case $group in */cgroups/cpuset/*) cp "${group%/*}"/cpuset.{cpus,mems} "$group/" ;; esac
      echo "$BASHPID" >"$group/cgroup.procs"
    done
    export INSIDE_NAMESPACES=yes
    # Whatever ends this script ends all of it.
    exec setpriv --pdeathsig KILL unshare --mount --pid --uts --ipc --net --cgroup --fork --kill-child --propagation private "$0" "$@"
  ) >"$scratch/log" 2>&1 </dev/null &
  systemd=$!
  # Opened for both ways: who waits does not depend on somebody coming.
  exec 3<>"$scratch/done"
  { tail --pid="$systemd" -f /dev/null; echo "came to nothing" >&3; } &
  watch=$!
  ended=8
  if read -r -t "$seconds" -u 3 how && [ "$how" = "done" ]; then ended=0; fi
  kill -KILL "$systemd" 2>/dev/null || true
  wait "$watch"
  wait "$systemd" 2>/dev/null || true
  for group in "${groups[@]}"; do
    # The kernel lets go of a group a moment after its last process.
    while [ -d "$group" ]; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  done
  umount "$scratch"/cgroups/*
  if [ "$ended" -eq 0 ]; then cat "$scratch/output"; else cat "$scratch/log" "$scratch/output" >&2 || true; fi
  exit "$ended"
fi

root=$scratch/root
mkdir "$root"
mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir -p "$root"/{dev,etc/systemd/system,etc/systemd/generators,proc,run,sys,tmp,usr,var,old-root}
for link in bin sbin lib lib32 lib64; do [ ! -L "/$link" ] || cp -P "/$link" "$root/$link"; done

# A directory or a file of this system, to be read: at the same place, or at another.
show() {
  local at=$root${2:-$1}
  if [ -d "$1" ]; then mkdir -p "$at"; else touch "$at"; fi
  mount --bind "$1" "$at"
  mount -o remount,bind,ro "$at"
}
show /usr
mount -t tmpfs tmpfs "$root/usr/local/bin"
show "$node" /usr/local/bin/node
ln -s "$package/bin/run.js" "$root/usr/local/bin/ovl-index"
case $node in /usr/*) ;; *) show "$(dirname "$node")" ;; esac
show "$package"
mkdir -p "$root$stage" "$root$scratch"
mount --rbind "$stage" "$root$stage"
mount --bind "$scratch" "$root$scratch"

show /sys
mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
# Else systemd mounts the one that all share.
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/zero" c 1 5
mknod -m 666 "$root/dev/urandom" c 1 9

cp /etc/passwd /etc/group "$root/etc/"
cp "$scratch/fstab" "$root/etc/fstab"
: >"$root/etc/machine-id"
for target in "${targets[@]}"; do cp "/usr/lib/systemd/system/$target" "$root/etc/systemd/system/"; done
cp -r "$scratch/units/." "$root/etc/systemd/system/"
ln -s /usr/lib/systemd/system-generators/systemd-fstab-generator "$root/etc/systemd/generators/"
cat >"$root/etc/systemd/system/default.target" <<'UNIT'
[Unit]
DefaultDependencies=no
Wants=test.service
UNIT
cat >"$root/etc/systemd/system/test.service" <<UNIT
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
StandardOutput=file:$scratch/output
StandardError=file:$scratch/output
ExecStart=/bin/bash $scratch/script
ExecStopPost=/bin/sh -c 'echo done >$scratch/done'
UNIT

cd "$root"
pivot_root . old-root
umount -l /old-root
rmdir /old-root
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/systemd/generator SYSTEMD_GENERATOR_PATH=/etc/systemd/generators \
  /lib/systemd/systemd --system --log-target=null --show-status=0
