"""The image that the guests of the sandbox boot: Debian's cloud kernel, busybox and one script.

What it does once it runs is in ``sandbox/guest/init``; here it is only put together. It is built
anew when the kernel, busybox or the script changed. ``python3 -m sandbox.guest`` prints its files.
"""

import dataclasses
import hashlib
import pathlib
import re
import shutil
import subprocess
import tempfile

from sandbox import settings
from sandbox.errors import SandboxError

IMAGE = settings.STATE / 'image'
INIT = pathlib.Path(__file__).with_name('guest') / 'init'
BUSYBOX = pathlib.Path('/bin/busybox')
MODULES = pathlib.Path('/lib/modules')
DISK_SIZE = 16 << 20
#: Drivers that Debian does not build into the kernel. Without button and evdev the guest does not
#: feel its power button, and every stop waits for a timeout.
DRIVERS = (
    'virtio_pci', 'virtio_blk', 'virtio_net', 'virtio_balloon', 'virtio-rng', 'button', 'evdev',
    'pvpanic-mmio', 'pvpanic-pci',
)


@dataclasses.dataclass(frozen=True)
class GuestImage:
    """The three files to upload; the disk is raw."""

    kernel: pathlib.Path
    ramdisk: pathlib.Path
    disk: pathlib.Path


def build() -> GuestImage:
    """Return the image, built anew if anything that goes into it changed."""
    if not BUSYBOX.exists() or shutil.which('cpio') is None:
        raise SandboxError('The guest image needs these: apt install busybox-static cpio')
    version = _kernel_version()
    kernel = pathlib.Path('/boot', f'vmlinuz-{version}')
    modules = _modules(MODULES / version)
    digest = hashlib.sha256()
    for path in (pathlib.Path(__file__), INIT, BUSYBOX, kernel, *modules):
        digest.update(path.read_bytes())
    image = GuestImage(IMAGE / 'vmlinuz', IMAGE / 'initrd.img', IMAGE / 'disk.raw')
    stamp = IMAGE / 'complete'
    if not stamp.exists() or stamp.read_text() != digest.hexdigest():
        IMAGE.mkdir(parents=True, exist_ok=True)
        stamp.unlink(missing_ok=True)
        shutil.copyfile(kernel, image.kernel)
        _write_ramdisk(image.ramdisk, modules)
        with open(image.disk, 'wb') as disk:
            disk.write(b'disk of a nova-ext sandbox guest\n')
            disk.truncate(DISK_SIZE)
        stamp.write_text(digest.hexdigest())
    return image


def _kernel_version() -> str:
    """Return the newest of Debian's cloud kernels that are installed, whatever kernel runs."""
    versions = [path.name for path in MODULES.glob('*cloud*')
                if pathlib.Path('/boot', f'vmlinuz-{path.name}').exists()]
    if not versions:
        raise SandboxError('The guests have no kernel: apt install linux-image-cloud-amd64')
    return max(versions, key=lambda name: [int(n) for n in re.findall(r'\d+', name)])


def _modules(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return the drivers and what they depend on, in the order to load them."""
    needs = {}
    for line in (folder / 'modules.dep').read_text().splitlines():
        path, _, dependencies = line.partition(':')
        # depmod lists the nearest dependency first; the farthest must be loaded first.
        needs[pathlib.Path(path).name.partition('.')[0]] = [*dependencies.split()[::-1], path]
    # A driver that is not there is in the kernel itself.
    wanted = [path for driver in DRIVERS for path in needs.get(driver, ())]
    return [folder / path for path in dict.fromkeys(wanted)]


def _write_ramdisk(target: pathlib.Path, modules: list[pathlib.Path]) -> None:
    """Pack the root file system; not compressed, as the guest would take longer to unpack it."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name in ('bin', 'dev', 'hold', 'modules', 'proc', 'sys'):
            (root / name).mkdir()
        shutil.copyfile(BUSYBOX, root / 'bin/busybox')
        (root / 'bin/sh').symlink_to('busybox')
        shutil.copyfile(INIT, root / 'init')
        (root / 'bin/busybox').chmod(0o755)
        (root / 'init').chmod(0o755)
        for module in modules:
            shutil.copyfile(module, root / 'modules' / module.name)
        order = ''.join(f'{module.name}\n' for module in modules)
        (root / 'modules/order').write_text(order)
        names = ''.join(f'{path.relative_to(root)}\n' for path in sorted(root.rglob('*')))
        pack = ['cpio', '--create', '--format=newc', '--owner=0:0', '--quiet']
        with open(target, 'wb') as file:
            subprocess.run(pack, cwd=root, input=names.encode(), stdout=file, check=True)


if __name__ == '__main__':
    print(build())
