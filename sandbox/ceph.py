"""Where volumes are kept: a Ceph of one monitor, one manager and one OSD, made anew by `up`.

QEMU reaches it through librbd, so that the kernel needs no block device for a volume.
"""

import base64
import pathlib
import struct
import time
import uuid

from sandbox import processes, settings
from sandbox.hosts import Host

POOL = 'volumes'
CLIENT = 'cinder'
#: By which libvirt knows the key of the client, on every host.
SECRET = str(uuid.uuid5(uuid.NAMESPACE_DNS, f'ceph.{settings.CHECKOUT}'))
OSD = str(uuid.uuid5(uuid.NAMESPACE_DNS, f'osd.{settings.CHECKOUT}'))
#: Debian's bindings, which are no Python packages that pip could install.
BINDINGS = ('rados', 'rbd')
DIST_PACKAGES = pathlib.Path('/usr/lib/python3/dist-packages')

# Who there is, and what each may do.
_CAPABILITIES = {
    'mon.': {'mon': 'allow *'},
    'mgr.a': {'mon': 'allow profile mgr', 'osd': 'allow *'},
    'osd.0': {'mon': 'allow profile osd', 'mgr': 'allow profile osd', 'osd': 'allow *'},
    'client.admin': {'mon': 'allow *', 'mgr': 'allow *', 'osd': 'allow *'},
    f'client.{CLIENT}': {'mon': 'profile rbd', 'mgr': 'profile rbd', 'osd': 'profile rbd'},
}


def folder() -> pathlib.Path:
    """Everything of Ceph's, and what its clients read, on every host at the same path."""
    return settings.CLOUD / 'ceph'


def bindings() -> pathlib.Path:
    """The directory for PYTHONPATH that holds Debian's bindings and nothing else."""
    return folder() / 'python'


def keyring(keys: dict[str, str]) -> str:
    """The file from which the monitor learns who may do what, and everybody the own key."""
    lines = []
    for name, capabilities in _CAPABILITIES.items():
        lines += [f'[{name}]', f'key = {keys[name]}']
        lines += [f'caps {where} = "{what}"' for where, what in capabilities.items()]
    return '\n'.join(lines) + '\n'


def new_key(random: bytes, created: int) -> str:
    """A key as Ceph writes it: its type (AES), when it was made, its length and itself."""
    return base64.b64encode(struct.pack('<HIIH', 1, created, 0, len(random)) + random).decode()


def new_keys() -> dict[str, str]:
    """A key for everybody."""
    now = int(time.time())
    return {name: new_key(uuid.uuid4().bytes, now) for name in _CAPABILITIES}


def link_bindings() -> None:
    """Make Debian's bindings importable without the other packages that are beside them."""
    bindings().mkdir()
    for name in BINDINGS:
        for library in DIST_PACKAGES.glob(f'{name}.*.so'):
            (bindings() / library.name).symlink_to(library)


def make(host: Host) -> None:
    """Format the store of the monitor and the file of the OSD; neither runs yet."""
    for name in ('mon', 'mgr', 'osd', 'modules', 'crash'):
        (folder() / name).mkdir()
    link_bindings()
    _run(host, 'ceph-mon', '--id', 'a', '--mkfs', '--keyring', f'{folder()}/keyring')
    _run(host, 'ceph-osd', '--id', '0', '--mkfs', '--osd-uuid', OSD, '--no-mon-config')


def make_pool(host: Host) -> None:
    """Tell the running monitor of the OSD and of the pool that is to be on it."""
    _run(host, 'ceph', 'osd', 'new', OSD, '0')
    _run(host, 'ceph', 'osd', 'pool', 'create', POOL, '8')
    _run(host, 'ceph', 'osd', 'pool', 'application', 'enable', POOL, 'rbd')


def wait_usable(host: Host) -> None:
    """Wait until the client of the volumes is served."""
    _run(host, 'rbd', '--id', CLIENT, 'ls', POOL)


def give_secret(host: Host) -> None:
    """Let the host's libvirt know the client's key; Nova names it by its UUID."""
    for words in (['secret-define', f'{folder()}/secret.xml'],
                  ['secret-set-value', SECRET, '--file', f'{folder()}/secret.key']):
        processes.finish(host, ['virsh', '--quiet', *words])


def _run(host: Host, command: str, *words: str) -> None:
    processes.finish(host, [command, '--conf', f'{folder()}/ceph.conf', *words])
