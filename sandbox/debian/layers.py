"""The layers of packages that the roots of hosts are made of; each is made once."""

import hashlib
import pathlib
import shutil
import tempfile

from sandbox import chroots
from sandbox.chroots import Chroot
from sandbox.errors import SandboxError

#: What a compute host has.
COMPUTE = (
    'nova-compute', 'nova-compute-kvm', 'neutron-openvswitch-agent', 'libvirt-clients', 'iproute2',
    'iptables', 'dnsmasq-base', 'genisoimage', 'procps', 'sudo',
)
#: What the controller, which is a compute host too, has beside that.
CONTROLLER = (
    'mariadb-server', 'rabbitmq-server', 'keystone', 'glance-api', 'placement-api', 'neutron-api',
    'neutron-rpc-server', 'nova-api', 'nova-conductor', 'nova-scheduler',
    'python3-openstackclient',
    # apt would bring it with nova-ext's client; hosts of the cloud have no way to the archives.
    'python3-rich',
)

#: Installs packages in a chroot.
INSTALL = f'''
set -e
{chroots.HOLD_COMPILER}
apt-get update
apt-get -o DPkg::Options::=--force-unsafe-io install --no-install-recommends --yes "$@"
apt-get clean
{chroots.COMPILE}
'''


def compute() -> list[pathlib.Path]:
    """The layers of a compute host, the topmost first."""
    return [chroots.base('compute', COMPUTE)]


def controller() -> list[pathlib.Path]:
    """The layers of the controller."""
    below = compute()
    return [made_over('controller', below, CONTROLLER), *below]


def nova_version() -> str:
    """The version of the Nova of a compute host, which has been made."""
    [found] = (chroots.FOLDER / 'compute').glob('usr/lib/python3/dist-packages/nova-*.egg-info')
    return found.name.removesuffix('.egg-info').split('-')[1]


def made_over(name: str, below: list[pathlib.Path], wanted: tuple[str, ...]) -> pathlib.Path:
    """Return a layer of packages over another one, made when there is none that fits.

    :raises SandboxError: the packages cannot be installed
    """
    digest = hashlib.sha256(repr([stamp_of(below[0]), wanted]).encode()).hexdigest()
    layer = chroots.FOLDER / name
    if stamp_of(layer) == digest:
        return layer
    forget(layer)
    with tempfile.TemporaryDirectory(prefix='layer-', dir=chroots.FOLDER) as folder:
        chroot = Chroot(below[0], pathlib.Path(folder))
        done = chroot.run('sh', '-c', INSTALL, 'install', *wanted)
        if done.returncode:
            raise SandboxError(f'{" ".join(wanted)} cannot be installed:\n'
                               f'{(done.stdout + done.stderr)[-2000:]}')
        keep(pathlib.Path(folder, 'upper'), layer, digest)
    return layer


def keep(changes: pathlib.Path, layer: pathlib.Path, digest: str) -> None:
    """Make a layer of the changes to those below, which nobody changes any more."""
    changes.rename(layer)
    layer.with_suffix('.complete').write_text(digest)


def forget(layer: pathlib.Path) -> None:
    """Remove a layer, should it be there."""
    layer.with_suffix('.complete').unlink(missing_ok=True)
    shutil.rmtree(layer, ignore_errors=True)


def stamp_of(layer: pathlib.Path) -> str:
    """What a layer was made from; empty when there is none, or none that is complete."""
    stamp = layer.with_suffix('.complete')
    return stamp.read_text() if stamp.exists() else ''
