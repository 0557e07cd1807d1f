"""What nova-compute's container has of its host, in the order of Kolla Ansible's volumes."""

import json
import os
import pathlib
import shutil

from sandbox import accounts, settings
from sandbox.contained import buildah, images
from sandbox.debian import settings_files
from sandbox.hosts import Host
from sandbox.processes import BASE_ENVIRONMENT, Service

RUNTIME = pathlib.Path(__file__).with_name('runtime.py')

#: Kolla's folders: of configuration on the host and in the container, and of logs.
SOURCE, LOGS = '/var/lib/kolla/config_files', '/var/log/kolla'

HOME = '/var/lib/nova'

#: What our page asks for beside what Kolla Ansible mounts.
RECOMMENDED = ('/etc/libvirt/qemu.conf', '/etc/libvirt/virtlogd.conf', '/etc/os-release')

#: Where each file of the configuration goes at a start.
_CONFIG_FILES = {'nova.conf': '/etc/nova/nova.conf', 'ssh_config': f'{HOME}/.ssh/config',
                 'id_ed25519': f'{HOME}/.ssh/id_ed25519'}


def has_host_pids(host: Host) -> bool:
    """Whether the container on a host is of the kind that has all that our page asks for."""
    return host.number % 2 == 0


def write(host: Host, version: str) -> None:
    """Write what the container on a host is started from, and what is copied into it.

    :param version: of Nova
    """
    _write_configuration(host)
    logs = host.log_dir / 'kolla/nova'
    logs.mkdir(parents=True, exist_ok=True)
    nova = accounts.of_machine()
    os.chown(logs, nova.uid, nova.gid)
    (host.directory / 'containers').mkdir()
    renew(host, version)


def renew(host: Host, version: str) -> None:
    """Have the container on a host started from an image that is up to date.

    :param version: of Nova
    """
    nova = accounts.of_machine()
    _spec(host).write_text(json.dumps({
        'layers': [str(layer) for layer in buildah.layers(images.ensure(version))],
        'folder': str(host.directory / 'containers'),
        'volumes': _volumes(host),
        'config': f'{SOURCE}/config.json',
        'host_pids': has_host_pids(host),
        'uid': nova.uid, 'gid': nova.gid,
        'environment': {**BASE_ENVIRONMENT, 'HOME': HOME, 'USER': accounts.NOVA,
                        'PATH': f'{images.VENV}/bin:{BASE_ENVIRONMENT["PATH"]}'},
    }, indent=1))


def in_container(service: Service) -> Service:
    """The nova-compute of a host, as it is started in its container."""
    command = [settings.PYTHON, str(RUNTIME), str(_spec(service.host))]
    return Service(service.name, service.host, command, ready=service.ready,
                   plugin=service.plugin)


def configuration(host: Host) -> pathlib.Path:
    """The nova.conf that is copied into the container at its start."""
    return host.etc / 'kolla/nova-compute/nova.conf'


def pid_inside(service: Service) -> int | None:
    """The pid of a service itself, seen from outside of its host and of its container, if any."""
    pid = service.pid()
    while pid is not None and str(RUNTIME).encode() in _arguments(pid):
        children = pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()
        pid = int(children[0]) if children else None
    return pid


def _arguments(pid: int) -> list[bytes]:
    return pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().split(b'\0')


def _spec(host: Host) -> pathlib.Path:
    return host.directory / 'container.json'


def _volumes(host: Host) -> list[list[str]]:
    """Source on the host, target in the container, and ``ro`` or ``rw``."""
    volumes = [
        [str(configuration(host).parent), SOURCE, 'ro'],
        ['/lib/modules', '/lib/modules', 'ro'],
        ['/run', '/run', 'rw'],
        ['/dev', '/dev', 'rw'],
        [str(host.log_dir / 'kolla'), LOGS, 'rw'],
        ['/var/lib/libvirt', '/var/lib/libvirt', 'rw'],
        [str(accounts.HOME), HOME, 'rw'],
        # Kolla's are in the one before, and libvirt's container has that, too.
        [str(settings.LOCAL / 'instances'), str(settings.LOCAL / 'instances'), 'rw'],
    ]
    if has_host_pids(host):
        volumes += [[path, path, 'ro'] for path in RECOMMENDED]
    return [volume for volume in volumes if volume[0].startswith(str(settings.STATE))
            or volume[0] in RECOMMENDED or os.path.exists(volume[0])]


def _write_configuration(host: Host) -> None:
    """Write what is copied into the container, of what a host without one reads."""
    folder = configuration(host).parent
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    lines = (host.etc / 'nova/nova-cpu.conf').read_text().splitlines()
    # Nova's own is what Kolla's nova may run as root: nova-rootwrap, and privsep-helper with it.
    text = '\n'.join(line for line in lines if not line.startswith('helper_command'))
    (folder / 'config.json').write_text(json.dumps({
        'command': 'nova-compute',
        'config_files': [{'source': f'{SOURCE}/{name}', 'dest': path, 'owner': accounts.NOVA,
                          'perm': '0600'} for name, path in _CONFIG_FILES.items()]}, indent=1))
    configuration(host).write_text(settings_files.set_options(text, {
        # The sandbox reads what a service says; Kolla reads its log.
        'DEFAULT': {'state_path': HOME, 'log_dir': f'{LOGS}/nova', 'use_stderr': 'true'},
        'oslo_concurrency': {'lock_path': f'{HOME}/locks'},
        'libvirt': {'connection_uri': f'qemu+tcp://{host.ip}/system'},
    }))
    (folder / 'ssh_config').write_text((host.etc / 'ssh/ssh_config').read_text().replace(
        '/etc/ssh/', f'{HOME}/.ssh/'))
    shutil.copy(host.etc / 'ssh/id_ed25519', folder)
