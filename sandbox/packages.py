"""The Debian packages that the sandbox needs; installs what is missing."""

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator, Sequence

from sandbox import hosts
from sandbox.errors import SandboxError

POLICY = pathlib.Path('/usr/sbin/policy-rc.d')

#: Package and what needs it.
PACKAGES = {
    'python3-venv': 'the environments of the services',
    'python3-dev': 'to build libvirt-python and netifaces',
    'gcc': 'to build libvirt-python',
    'libvirt-dev': 'to build libvirt-python',
    'pkg-config': 'to build libvirt-python',
    'git': 'to count the commits for the version of the plugin',
    'mariadb-server': 'the database',
    'rabbitmq-server': 'the message bus',
    'openvswitch-switch': 'the network of the guests',
    'libvirt-daemon-system': 'libvirtd and virtlogd',
    'libvirt-clients': 'virsh',
    'qemu-system-x86': 'the guests',
    'qemu-utils': 'qemu-img, for the disks of the guests',
    'genisoimage': 'config drives',
    'busybox-static': 'everything in the guest image but the kernel',
    'linux-image-cloud-amd64': 'the kernel of the guest image',
    'cpio': 'to pack the guest image',
    'e2fsprogs': 'to format the disk of the guest image',
    'bindfs': 'instance directories shared between the hosts',
    'openssh-server': 'cold migration copies disks over ssh',
    'iproute2': 'the bridge between the hosts',
    'iptables': 'libvirt looks for it at start',
    'iputils-ping': 'arping and ping, to look at the network by hand',
    'dnsmasq-base': 'libvirt looks for it at start',
    'procps': 'Nova calls ps and kill',
    'sudo': 'nova-compute calls what needs root with it',
}

#: What only a cloud with volumes needs.
VOLUME_PACKAGES = {
    'ceph-mon': 'the monitor of the Ceph that holds the volumes',
    'ceph-mgr': 'its manager, which tells how much room there is',
    'ceph-osd': 'its store',
    'ceph-common': 'ceph and rbd, which cinder calls too',
    'python3-rados': 'cinder talks to Ceph',
    'python3-rbd': 'cinder makes the volumes',
    'qemu-block-extra': 'guests use the volumes',
}

#: What only the tests need.
TEST_PACKAGES = {
    'curl': 'the documentation asks with it',
    'prometheus-libvirt-exporter': 'a reader of the metadata in the domains',
}

#: What only the tests with other people's clients need, which `make test` does without.
CLIENT_PACKAGES = {
    'golang-go': 'to build a client that knows the type of each field',
    'golang-github-gophercloud-gophercloud-dev': 'what that client is built from',
    'prometheus': 'scrapes the exporter; promtool tries the alerts',
}

#: What only a simulated vCenter needs, which `make test` does without.
VMWARE_PACKAGES = {
    'golang-go': 'to build it',
    'golang-github-vmware-govmomi-dev': 'what it is built from',
}


def missing(
        *, volumes: bool = False, tests: bool = False, clients: bool = False,
        vmware: bool = False) -> list[str]:
    """The packages that are not installed."""
    return _missing(
        [*PACKAGES, *(VOLUME_PACKAGES if volumes else []), *(TEST_PACKAGES if tests else []),
         *(CLIENT_PACKAGES if clients else []), *(VMWARE_PACKAGES if vmware else [])])


def _missing(names: Sequence[str]) -> list[str]:
    done = subprocess.run(
        ['dpkg-query', '-W', '-f', '${Package} ${db:Status-Status}\n', *names],
        capture_output=True, text=True, check=False)
    installed = {line.split()[0] for line in done.stdout.splitlines()
                 if line.endswith(' installed')}
    return [name for name in names if name not in installed]


def ensure_named(names: Sequence[str]) -> None:
    """Install those packages that are missing of some."""
    _install(_missing(names))


def ensure_build_dependencies(source: pathlib.Path, missing: str) -> None:
    """Install what a source package is built with.

    :param source: its folder
    :param missing: what of it is missing, in words
    """
    _require_root(missing)
    with _no_service_starts():
        _apt(['update', '-qq'], [missing])
        _apt(['build-dep', '-y', '-qq', '--no-install-recommends', str(source)], [missing])


def ensure(
        *, volumes: bool = False, tests: bool = False, clients: bool = False,
        vmware: bool = False) -> list[str]:
    """Install what is missing, and say what that was; nothing of it starts by itself."""
    wanted = missing(volumes=volumes, tests=tests, clients=clients, vmware=vmware)
    _install(wanted)
    return wanted


def _install(wanted: Sequence[str]) -> None:
    if not wanted:
        return
    _require_root(' '.join(wanted))
    print(f'Installing {len(wanted)} Debian packages', flush=True)
    before = _accounts()
    with _no_service_starts():
        _apt(['update', '-qq'], wanted)
        _apt(['install', '-y', '-qq', '--no-install-recommends', *wanted], wanted)
    if _accounts() != before and hosts.Host(1).anchor():
        # The kernel ends the mounts over a file that is replaced.
        raise SandboxError(
            f'A package has added a user while a cloud was up, so that its hosts have lost theirs '
            f'({" ".join(wanted)}).\nRun `sandbox/stack down`, then try again.')


def _accounts() -> list[int]:
    """The files over which the hosts of a cloud have their own."""
    return [os.stat(f'/etc/{name}').st_ino for name in hosts.ACCOUNTS]


def _require_root(wanted: str) -> None:
    if os.geteuid() != 0:
        raise SandboxError(f'Run this as root, because packages are missing: {wanted}')


def _apt(words: Sequence[str], wanted: Sequence[str]) -> None:
    done = subprocess.run(
        ['apt-get', *words], env={**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SandboxError(
            f'apt-get {words[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}\n'
            f'Install these packages by hand, then try again: {" ".join(wanted)}')


@contextlib.contextmanager
def _no_service_starts() -> Iterator[None]:
    """Tell the packages' scripts, the Debian way, not to start what they install."""
    made = not POLICY.exists()
    if made:
        POLICY.write_text('#!/bin/sh\nexit 101\n')
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if made:
            POLICY.unlink()
