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
SOURCES = ('database.py', 'settings.py', 'config.py', 'rendering.py', 'populate/api.py',
           'populate/identities.py')


def snapshot(nova: str, options: Options) -> pathlib.Path:
    """Where the snapshot for that Nova, e.g. "nova-34.0.0", is kept; it need not exist yet."""
    digest = hashlib.sha256(str(settings.CHECKOUT).encode())
    extra = [name for name in (settings.CINDER, settings.IRONIC) if name in options.databases]
    pins = ['services', *extra]
    for path in [HERE / name for name in SOURCES] + [
            HERE / 'requirements' / f'{name}.txt' for name in pins]:
        digest.update(path.read_bytes() if path.exists() else b'')
    return SNAPSHOTS / f'{"-".join([nova, *extra])}-{digest.hexdigest()[:12]}'


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


def create(host: Host, options: Options, socket: str = MYSQL_SOCKET) -> None:
    """Make the empty databases and their only user.

    :param socket: of the server
    """
    lines = [f"CREATE USER os@'%' IDENTIFIED BY '{settings.PASSWORD}';"]
    for name in options.databases:
        lines += [f'CREATE DATABASE {name} CHARACTER SET utf8mb4;',
                  f"GRANT ALL ON {name}.* TO os@'%';"]
    processes.finish(host, ['mariadb', '--no-defaults', '-uroot', f'--socket={socket}',
                            '-e', ' '.join(lines)])


def managers(host: Host, environments: Environments) -> dict[str, list[str]]:
    """By service, the command that manages its database, with its configuration files."""
    etc, services = host.etc, environments.services / 'bin'

    def manager(program: object, *files: str) -> list[str]:
        return [str(program), *(word for file in files for word in (
            '--config-file', f'{etc}/{file}'))]

    found = {
        'nova': manager(environments.nova / 'bin/nova-manage', 'nova-api/nova.conf'),
        'keystone': manager(services / 'keystone-manage', 'keystone/keystone.conf'),
        'neutron': manager(
            services / 'neutron-db-manage', 'neutron/neutron.conf', 'neutron/ml2.ini'),
        'glance': manager(services / 'glance-manage', 'glance/glance-api.conf'),
        'placement': manager(services / 'placement-manage', 'placement/placement.conf'),
    }
    if environments.cinder is not None:
        found['cinder'] = manager(environments.cinder / 'bin/cinder-manage', 'cinder/cinder.conf')
    if environments.ironic is not None:
        found['ironic'] = manager(environments.ironic / 'bin/ironic-dbsync', 'ironic/ironic.conf')
    return found


def schema_steps(
    host: Host, managers: Mapping[str, list[str]], after: str, keystone_user: str = 'root',
) -> list[Step]:
    """The steps that fill the empty databases with tables, side by side.

    :param managers: by service, the command that manages its database
    :param keystone_user: whose keystone's keys are, and the name of its group
    """
    keys = ['--keystone-user', keystone_user, '--keystone-group', keystone_user]
    url = settings.ENDPOINTS['keystone']
    commands = {
        'nova': [
            ['api_db', 'sync'],
            ['cell_v2', 'map_cell0', '--database_connection', settings.database_url('nova_cell0')],
            ['cell_v2', 'create_cell', '--name', 'cell1'], ['db', 'sync']],
        'keystone': [
            ['db_sync'], ['fernet_setup', *keys], ['credential_setup', *keys],
            ['bootstrap', '--bootstrap-password', settings.PASSWORD, '--bootstrap-admin-url', url,
             '--bootstrap-internal-url', url, '--bootstrap-public-url', url,
             '--bootstrap-region-id', settings.REGION]],
        'neutron': [['upgrade', 'heads']],
        'ironic': [['create_schema']],
    }

    def step(name: str, manager: list[str]) -> Step:
        def action() -> None:
            for words in commands.get(name, [['db', 'sync']]):
                processes.finish(host, [*manager, *words])
        return Step(f'schema of {name}', action, (after,))

    return [step(name, manager) for name, manager in managers.items()]


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    # cp shares or skips blocks where the file system can; shutil does not.
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(['cp', '-a', '--reflink=auto', '--sparse=always', str(source), str(target)],
                   check=True)
