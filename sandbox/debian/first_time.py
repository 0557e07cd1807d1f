"""The controller as it is when the cloud is set up for the first time: databases, identities.

That takes half a minute, so it is kept as a layer, which `up` begins with.
"""

import dataclasses
import fcntl
import hashlib
import pathlib
import shutil

from sandbox import chroots, database, namespaces, processes, settings, startup, steps
from sandbox.debian import config, layers, roots, services
from sandbox.hosts import Host
from sandbox.settings import Options
from sandbox.steps import Progress, Step

NAME = 'first-time'
FOLDER = chroots.FOLDER / 'making'

#: What decides on the content of the layer, besides those below.
SOURCES = ('settings.py', 'config.py', 'rendering.py', 'debian/config.py',
           'debian/first_time.py', 'populate/identities.py',
           *(f'templates/{name}' for name in config.TEMPLATES))


@dataclasses.dataclass(frozen=True)
class Maker(Host):
    """The controller of a cloud that is never seen, so that another may run meanwhile."""

    @property
    def directory(self) -> pathlib.Path:
        """Where the first process has its data."""
        return FOLDER / 'host'

    @property
    def log_dir(self) -> pathlib.Path:
        """What the services say, for when they fail."""
        return FOLDER / 'logs'


def layer(progress: Progress) -> list[pathlib.Path]:
    """Return the layers of the controller, ready to be started; make those that are missing.

    Who comes while somebody else makes them waits.
    """
    chroots.FOLDER.mkdir(parents=True, exist_ok=True)
    with open(chroots.FOLDER / 'debian.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _ensured(progress)


def _ensured(progress: Progress) -> list[pathlib.Path]:
    below = layers.controller()
    digest = hashlib.sha256(layers.stamp_of(below[0]).encode())
    for name in SOURCES:
        digest.update((pathlib.Path(settings.__file__).parent / name).read_bytes())
    made = chroots.FOLDER / NAME
    if layers.stamp_of(made) != digest.hexdigest():
        layers.forget(made)
        shutil.rmtree(FOLDER, ignore_errors=True)
        layers.keep(_make(below, progress), made, digest.hexdigest())
        shutil.rmtree(FOLDER)
    return [made, *below]


def _make(below: list[pathlib.Path], progress: Progress) -> pathlib.Path:
    """Set a controller up; return the changes to the layers below it."""
    host, options = Maker(1), Options(hosts=1, debian=True, stock=True)
    changes = roots.start(host, [host], below, FOLDER / 'roots', tied=True)
    try:
        config.write_controller(host, options)
        config.write_host(host, options, 'qemu')
        found = services.all_services(options, [host])
        mariadb, keystone = (found[name, host.name] for name in ('mariadb', 'keystone'))
        steps.run([
            startup.serving('MariaDB', [mariadb]),
            Step('databases', lambda: database.create(host, options, services.MYSQL_SOCKET),
                 after=('MariaDB',)),
            *database.schema_steps(host, _managers(), 'databases', 'keystone'),
            startup.serving('keystone', [keystone], after=('schema of keystone',)),
            Step('identities', lambda: startup.populate(host, found.values(), 'identities'),
                 after=('keystone',)),
        ], progress, processes.abandon)
        for service in (keystone, mariadb):
            processes.stop(service)
    finally:
        namespaces.destroy([host])
    return changes


def _managers() -> dict[str, list[str]]:
    """By service, the command that manages its database, as Debian's user of the service."""
    files = {'neutron': ['--config-file', '/etc/neutron/neutron.conf',
                         '--config-file', '/etc/neutron/plugins/ml2/ml2_conf.ini']}
    return {user: ['setpriv', f'--reuid={user}', f'--regid={user}', '--init-groups', program,
                   *files.get(user, [])] for user, program in {
        'nova': 'nova-manage', 'keystone': 'keystone-manage', 'neutron': 'neutron-db-manage',
        'glance': 'glance-manage', 'placement': 'placement-manage'}.items()}
