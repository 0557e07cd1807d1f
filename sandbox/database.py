"""The databases of all services: made once per combination of versions, then restored.

A snapshot holds MariaDB's files and keystone's keys at the point where every schema is in place
and every identity exists, but no service has written anything else.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
from collections.abc import Mapping

from sandbox import processes, settings
from sandbox.config import Environments
from sandbox.hosts import Host
from sandbox.services import MYSQL_SOCKET
from sandbox.settings import Options
from sandbox.steps import Step

PARTS = ('mysql', 'keystone')
SNAPSHOTS = settings.CACHE / 'databases'
KEPT_SNAPSHOTS = 4
HERE = pathlib.Path(__file__).parent
# What decides on the content of a snapshot, besides the versions.
SOURCES = ('database.py', 'settings.py', 'config.py', 'populate/api.py',
           'populate/identities.py')


def snapshot(nova: str, options: Options) -> pathlib.Path:
    """Where the snapshot for that Nova, e.g. "nova-34.0.0", is kept; it need not exist yet."""
    digest = hashlib.sha256(str(settings.CHECKOUT).encode())
    pins = ['services', *([settings.CINDER] if options.volumes else [])]
    for path in [HERE / name for name in SOURCES] + [
            HERE / 'requirements' / f'{name}.txt' for name in pins]:
        digest.update(path.read_bytes() if path.exists() else b'')
    kind = '-volumes' if options.volumes else ''
    return SNAPSHOTS / f'{nova}{kind}-{digest.hexdigest()[:12]}'


def restore(source: pathlib.Path) -> None:
    """Put the snapshot's files where the services expect theirs."""
    for part in PARTS:
        _copy(source / part, settings.CLOUD / part)
    os.utime(source)


def save(target: pathlib.Path) -> None:
    """Keep the files of the stopped database; forget the snapshots that were used least."""
    partial = target.with_name(target.name + '.partial')
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for part in PARTS:
        _copy(settings.CLOUD / part, partial / part)
    partial.rename(target)
    newest_first = sorted(SNAPSHOTS.iterdir(), key=lambda path: -path.stat().st_mtime)
    for path in newest_first[KEPT_SNAPSHOTS:]:
        shutil.rmtree(path)


def install(host: Host) -> None:
    """Make MariaDB's own tables; the server must not run yet."""
    (settings.CLOUD / 'keystone').mkdir(parents=True, exist_ok=True)
    processes.finish(host, ['mariadb-install-db', '--no-defaults', '--user=root',
                            f'--datadir={settings.CLOUD}/mysql', '--skip-test-db',
                            '--auth-root-authentication-method=normal'])


def create(host: Host, options: Options) -> None:
    """Make the empty databases and their only user."""
    lines = [f"CREATE USER os@'%' IDENTIFIED BY '{settings.PASSWORD}';"]
    for name in options.databases:
        lines += [f'CREATE DATABASE {name} CHARACTER SET utf8mb4;',
                  f"GRANT ALL ON {name}.* TO os@'%';"]
    processes.finish(host, ['mariadb', '--no-defaults', '-uroot', f'--socket={MYSQL_SOCKET}',
                            '-e', ' '.join(lines)])


def schema_steps(host: Host, environments: Environments, after: str) -> list[Step]:
    """The steps that fill the empty databases with tables, side by side."""
    etc = host.etc
    services = environments.services / 'bin'
    nova = [f'{environments.nova}/bin/nova-manage', '--config-file',
            f'{etc}/nova-api/nova.conf']
    manage = [f'{services}/keystone-manage', '--config-file', f'{etc}/keystone/keystone.conf']
    keys = ['--keystone-user', 'root', '--keystone-group', 'root']
    keystone_url = settings.ENDPOINTS['keystone']

    def step(name: str, after: str, *commands: list[str],
             environment: Mapping[str, str] | None = None) -> Step:
        def action() -> None:
            for command in commands:
                processes.finish(host, command, environment)
        return Step(name, action, (after,))

    cinder = [] if environments.cinder is None else [step('schema of cinder', after, [
        f'{environments.cinder}/bin/cinder-manage', '--config-file',
        f'{etc}/cinder/cinder.conf', 'db', 'sync'])]
    return [
        *cinder,
        step('schema of nova_api and cells', after, [*nova, 'api_db', 'sync'],
             [*nova, 'cell_v2', 'map_cell0', '--database_connection',
              settings.database_url('nova_cell0')],
             [*nova, 'cell_v2', 'create_cell', '--name', 'cell1'], [*nova, 'db', 'sync']),
        step('schema of keystone', after, [*manage, 'db_sync'], [*manage, 'fernet_setup', *keys],
             [*manage, 'credential_setup', *keys],
             [*manage, 'bootstrap', '--bootstrap-password', settings.PASSWORD,
              '--bootstrap-admin-url', keystone_url, '--bootstrap-internal-url', keystone_url,
              '--bootstrap-public-url', keystone_url,
              '--bootstrap-region-id', settings.REGION]),
        step('schema of neutron', after, [
            f'{services}/neutron-db-manage', '--config-file', f'{etc}/neutron/neutron.conf',
            '--config-file', f'{etc}/neutron/ml2.ini', 'upgrade', 'heads']),
        step('schema of glance', after, [
            f'{services}/glance-manage', '--config-file', f'{etc}/glance/glance-api.conf',
            'db', 'sync']),
        step('schema of placement', after, [
            f'{services}/placement-manage', '--config-file',
            f'{etc}/placement/placement.conf', 'db', 'sync']),
    ]


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    # cp shares or skips blocks where the file system can; shutil does not.
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['cp', '-a', '--reflink=auto', '--sparse=always', str(source), str(target)],
                   check=True)
