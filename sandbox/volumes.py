"""The services of a cloud with volumes: cinder, and the small Ceph that it makes them in."""

import pathlib

from sandbox import ceph, checks, settings, wsgi
from sandbox.hosts import Host
from sandbox.processes import Service

CEPH = {'ceph-mon': 'a', 'ceph-mgr': 'a', 'ceph-osd': '0'}  # daemon: its identity
MAKES_VOLUMES = 'Driver post RPC initialization completed successfully'  # as cinder-volume logs


def services(host: Host, venv: pathlib.Path | None) -> list[Service]:
    """Ceph and cinder on the controller."""
    return [
        *(_ceph_daemon(name, identity, host) for name, identity in CEPH.items()),
        _cinder_api(host, venv), _cinder_scheduler(host, venv), _cinder_volume(host, venv)]


def _ceph_daemon(name: str, identity: str, host: Host) -> Service:
    """A part of Ceph; whether it serves volumes is asked with ceph.wait_usable."""
    return Service(name, host, [
        name, '--foreground', '--conf', f'{ceph.folder()}/ceph.conf', '--id', identity,
    ], ready=checks.tcp(settings.CEPH_PORT) if name == 'ceph-mon' else None)


def _cinder_api(host: Host, venv: pathlib.Path | None) -> Service:
    """Volumes: the API."""
    return wsgi.service('cinder-api', host, settings.CINDER_PORT, venv,
                        ['--module', 'cinder.wsgi.api:application',
                         '--pyargv', ' '.join(_files(host))], environment={})


def _cinder_scheduler(host: Host, venv: pathlib.Path | None) -> Service:
    """Volumes: where each is made; keeps the first waiting until it knows."""
    return Service('cinder-scheduler', host, [
        f'{venv}/bin/cinder-scheduler', *_files(host)])


def _cinder_volume(host: Host, venv: pathlib.Path | None) -> Service:
    """Volumes: the one that makes them, with Debian's bindings of Ceph."""
    return Service('cinder-volume', host, [
        f'{venv}/bin/cinder-volume', *_files(host),
    ], {'PYTHONPATH': str(ceph.bindings())}, ready=checks.says('cinder-volume', MAKES_VOLUMES))


def _files(host: Host) -> list[str]:
    return ['--config-file', str(host.etc / 'cinder' / 'cinder.conf')]
