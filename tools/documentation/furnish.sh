#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Furnishes a mount namespace of its own as a production host, where everything is where packages
# put it, and becomes a shell there. What is written lands in the scratch folder and is gone with
# the shell.
#
#   furnish.sh SCRATCH NOVA CONFIGURATION LOGS INSTANCES UNITS HIDDEN SITE
#
# NOVA           environment that is seen as /opt/nova
# CONFIGURATION  folder whose files are seen in /etc/nova
# LOGS           folder that is seen as /var/log/nova
# INSTANCES      folder that is seen as /var/lib/nova/instances
# UNITS          folder whose files are seen in /etc/systemd/system
# HIDDEN         folder of the configuration that services run with, which is not seen
# SITE           folder that is seen, writable, as Debian's of Python packages; empty: none

set -e
scratch=$1 nova=$2 configuration=$3 logs=$4 instances=$5 units=$6 hidden=$7 site=$8
packages=/usr/lib/python3/dist-packages

mount -t tmpfs tmpfs "$scratch"
before=$scratch/before
mkdir "$before"

# over FOLDER LOWER: a writable copy of LOWER in the place of FOLDER
over() {
    layer=$scratch$1
    mkdir -p "$layer/upper" "$layer/work"
    mount -t overlay overlay \
        -o "lowerdir=$2,upperdir=$layer/upper,workdir=$layer/work" "$1"
}

# An overlay hides what is mounted below its folder: what this host has of its own.
for folder in /etc /var; do
    mkdir -p "$before$folder"
    mount --rbind "$folder" "$before$folder"
    over "$folder" "$folder"
done
for path in /etc/libvirt /etc/ssh /etc/hosts /etc/passwd /etc/group /etc/sudoers.d \
        /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
    mount --bind "$before$path" "$path"
done
# So is the cloud's, where the checkout is below /var.
own=${hidden%/*}/local
[ ! -e "$before$own" ] || mount --bind "$before$own" "$own"

mkdir -p /etc/nova /var/log/nova /var/lib/nova/instances
cp -rL "$configuration/." /etc/nova
mkdir -p /etc/systemd/system
cp "$units"/* /etc/systemd/system
mount --bind "$logs" /var/log/nova
mount --bind "$instances" /var/lib/nova/instances

# What runs here reads other files than this host has, as in a container.
mount -t tmpfs tmpfs "$hidden"

over /opt /opt
mkdir -p /opt/nova
mount --bind "$nova" /opt/nova

if [ -n "$site" ]; then
    over "$packages" "$site:$packages"
fi
exec bash --noprofile --norc
