"""The images of nova-compute: one with Nova, as Kolla has it, and what our page builds of that.

The first is made once from Debian's packages and the sandbox's environment with Nova. The second
is made by the commands of the page, so that what is run is what the page says.
"""

import hashlib
import pathlib
import shlex
import shutil
import tempfile
from typing import NamedTuple

from sandbox import accounts, chroots, environments, venvs, wheels
from sandbox.contained import buildah
from tools.documentation import blocks

PAGE = blocks.SOURCES / 'install/containers.rst'

#: Where Kolla's images have Nova.
VENV = '/var/lib/kolla/venv'

#: ID in the image's os-release: no host's.
OS = 'sandbox-image'

#: What Kolla's image has of Debian's packages, without what only other kinds of storage need.
PACKAGES = (
    'python3', 'libvirt0', 'qemu-utils', 'genisoimage', 'openvswitch-switch', 'iproute2',
    'iptables', 'procps', 'sudo', 'openssh-client', 'kmod', 'mount', 'e2fsprogs',
)

#: Makes an image of a Debian and an environment with Nova.
#:
#:     MAKE DEBIAN ENVIRONMENT UID GID IMAGE BUILDAH...
_MAKE = fr'''
set -e
debian=$1 environment=$2 uid=$3 gid=$4 image=$5
shift 5
container=$("$@" from scratch)
trap '"$@" rm "$container" >/dev/null' EXIT
root=$("$@" mount "$container")
cp -a "$debian/." "$root"
mkdir -p "$root{VENV}" "$root/etc/nova" "$root/var/lib/kolla/config_files"
cp -a "$environment/." "$root{VENV}"
cp -r "$root{VENV}/etc/nova/." "$root/etc/nova"
sed -i 's|^exec_dirs.*|exec_dirs={VENV}/bin,/sbin,/usr/sbin,/bin,/usr/bin|' \
    "$root/etc/nova/rootwrap.conf"
sed -i 's/^ID=.*/ID={OS}/' "$root/usr/lib/os-release"
chroot "$root" groupadd --gid "$gid" nova
chroot "$root" useradd --uid "$uid" --gid nova --home-dir /var/lib/nova --create-home nova
cat >"$root/etc/sudoers.d/kolla_nova_sudoers" <<EOF
Defaults secure_path="{VENV}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
nova ALL = (root) NOPASSWD: {VENV}/bin/nova-rootwrap /etc/nova/rootwrap.conf *
EOF
chmod 440 "$root/etc/sudoers.d/kolla_nova_sudoers"
"$@" umount "$container" >/dev/null
"$@" config --user nova --cmd nova-compute --env "PATH={VENV}/bin:$PATH" "$container"
"$@" commit "$container" "$image"
'''


class Recipe(NamedTuple):
    """What the page has somebody build."""

    #: The Dockerfile.
    dockerfile: str
    #: What the image of the API has beside it, before its last line.
    api: str
    #: The command, as it is typed.
    command: str
    #: The names of the images in it: that which is built from, and that which is built.
    base: str
    result: str


def recipe() -> Recipe:
    """Read the page."""
    found = blocks.find(PAGE, PAGE.read_text())
    dockerfile, api = (block for block in found if block.language == 'docker')
    [command] = [command.text for block in found if block.language == 'console'
                 for command in blocks.commands(block)
                 if command.text.startswith('docker build ')]
    words = shlex.split(command.replace('\\\n', ''))
    [base] = [word[len('BASE='):] for word in words if word.startswith('BASE=')]
    return Recipe(dockerfile.text, api.text, command, base, words[words.index('--tag') + 1])


def prepare(version: str) -> None:
    """Make the image of nova-compute, for a cloud that does not run yet.

    :raises SandboxError: it cannot be made
    """
    buildah.ensure()
    buildah.prune()
    ensure(version)


def ensure(version: str) -> str:
    """Return the name of the image of nova-compute with nova-ext, made when there is none.

    :param version: of Nova
    :raises SandboxError: it cannot be made
    """
    buildah.ensure()
    stock = venvs.nova_venv(version, plugin=False)
    found = recipe()
    below = ensure_base(stock, found.base)
    digest = hashlib.sha256(repr([
        below, found, wheels.source_digest(wheels.PLUGIN_SOURCES)]).encode()).hexdigest()
    stamp = buildah.STORE / 'image.complete'
    if not _is_made(stamp, digest, found.result):
        stamp.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix='image-', dir=buildah.STORE) as folder:
            build(found.dockerfile, found.command, wheels.plugin_wheel(stock),
                  pathlib.Path(folder))
        stamp.write_text(digest)
    return found.result


def ensure_base(stock: pathlib.Path, name: str) -> str:
    """Make the image with Nova, unless it is there; return a digest of what it was made from.

    :param stock: an environment with Nova
    :raises SandboxError: it cannot be made
    """
    debian = chroots.base('image', PACKAGES)
    nova = accounts.of_machine()
    made_from = [(chroots.FOLDER / 'image.complete').read_text(), str(stock),
                 (stock / environments.STAMP).read_text(), nova.uid, nova.gid, _MAKE]
    digest = hashlib.sha256(repr(made_from).encode()).hexdigest()
    stamp = buildah.STORE / 'base.complete'
    if not _is_made(stamp, digest, name):
        stamp.unlink(missing_ok=True)
        with tempfile.TemporaryDirectory(prefix='venv-', dir=buildah.STORE) as folder:
            copy = pathlib.Path(folder, 'venv')
            environments.clone(stock, copy, seen_as=VENV)
            buildah.run(['sh', '-c', _MAKE, 'make', str(debian), str(copy), str(nova.uid),
                         str(nova.gid), name, *buildah.command()])
        stamp.write_text(digest)
    return digest


def build(dockerfile: str, command: str, wheel: pathlib.Path, folder: pathlib.Path) -> str:
    """Do what the page says; return what the command prints.

    :param folder: an empty one
    :raises SandboxError: the command fails
    """
    (folder / 'Dockerfile').write_text(dockerfile)
    shutil.copy(wheel, folder)
    tools = folder / 'tools'
    tools.mkdir()
    buildah.put_docker(tools)
    return buildah.run(
        ['env', f'PATH={tools}:{chroots.ENVIRONMENT["PATH"]}', 'sh', '-ec', command], folder)


def for_api(found: Recipe) -> str:
    """The Dockerfile of the API's image: what the page has for it goes before the last line."""
    lines = found.dockerfile.splitlines()
    return '\n'.join([*lines[:-1], found.api, lines[-1], ''])


def _is_made(stamp: pathlib.Path, digest: str, image: str) -> bool:
    return stamp.exists() and stamp.read_text() == digest and buildah.exists(image)
