"""Tempest against the running cloud: its workspace, its configuration and its results.

Runs inside the controller with the services environment's Python:
`python -m sandbox.tempest_workspace ENVIRONMENT ARGUMENT...`, with the path of Tempest's
environment. The arguments are the tempest command's own.
"""

from __future__ import annotations

import configparser
import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox import settings, state
from sandbox.state import State

WORKSPACE = settings.STATE / 'tempest'
CONFIG = WORKSPACE / 'etc' / 'tempest.conf'

#: A class of tests runs in one process, where its servers are shared.
_STESTR = '[DEFAULT]\ntest_path={discovery}\ntop_dir={top}\ngroup_regex=([^\\.]*\\.)*\n'


def run(venv: pathlib.Path, arguments: Sequence[str]) -> None:
    """Become the tempest command, in a workspace that is configured for this cloud."""
    from sandbox.client.api import Api

    cloud = state.require()
    [image] = Api().get('/v2/images?name=guest', service='glance')['images']
    write(options(cloud, image['id']), venv)
    os.chdir(WORKSPACE)
    os.environ['PATH'] = f'{venv}/bin:{os.environ["PATH"]}'
    os.environ['TEMPEST_CONFIG_DIR'] = str(CONFIG.parent)
    if not (WORKSPACE / '.stestr').exists():
        subprocess.run(['stestr', 'init'], check=True)
    os.execv(venv / 'bin/tempest', ['tempest', *arguments])  # noqa: S606


def options(cloud: State, image: str) -> dict[str, dict[str, Any]]:
    """What tempest.conf says of a cloud, by group.

    :param image: the id of the guest's image
    """
    admin = settings.client_environment()
    shared, hosts = cloud.options.shared_instances, len(cloud.hosts)
    return {
        'DEFAULT': {'log_dir': WORKSPACE / 'logs', 'log_file': 'tempest.log'},
        'oslo_concurrency': {'lock_path': WORKSPACE / 'locks'},
        'auth': {
            'admin_username': admin['OS_USERNAME'],
            'admin_password': admin['OS_PASSWORD'],
            'admin_project_name': admin['OS_PROJECT_NAME'],
            'admin_domain_name': 'Default',
            # There is one network for all projects.
            'create_isolated_networks': False,
        },
        'identity': {'uri_v3': admin['OS_AUTH_URL'], 'region': admin['OS_REGION_NAME']},
        'service_available': {'cinder': cloud.options.volumes, 'swift': False},
        'compute': {
            'image_ref': image,
            'image_ref_alt': image,
            'flavor_ref': 'tiny',
            'flavor_ref_alt': 'small',
            'fixed_network_name': 'net0',
            'min_compute_nodes': hosts,
            'max_microversion': 'latest',
        },
        # As cinder's service is called in the catalog of the sandbox.
        'volume': {'catalog_type': 'volumev3'},
        'compute-feature-enabled': {
            'resize': hosts > 1,
            'live_migration': hosts > 1,
            'block_migration_for_live_migration': not shared,
            'serial_console': True,
        },
        # The guest has no ssh server.
        'validation': {'run_validation': False},
        'nova_ext': {
            'domain_xml_command': 'ssh {host} virsh dumpxml {server_id}',
            'change_hosts': True,
        },
    }


def write(groups: Mapping[str, Mapping[str, Any]], venv: pathlib.Path) -> None:
    """Write the workspace: the configuration, and where stestr finds the tests."""
    for folder in (CONFIG.parent, WORKSPACE / 'logs', WORKSPACE / 'locks'):
        folder.mkdir(parents=True, exist_ok=True)
    config = configparser.RawConfigParser(default_section='')
    config.read_dict(groups)
    with CONFIG.open('w') as file:
        config.write(file)
    [package] = venv.glob('lib/python3*/site-packages/tempest')
    (WORKSPACE / '.stestr.conf').write_text(
        _STESTR.format(discovery=package / 'test_discover', top=package.parent))


def forget() -> None:
    """Remove the record of earlier runs, so that it is never taken for a later one's."""
    shutil.rmtree(WORKSPACE / '.stestr', ignore_errors=True)


if __name__ == '__main__':
    run(pathlib.Path(sys.argv[1]), sys.argv[2:])
