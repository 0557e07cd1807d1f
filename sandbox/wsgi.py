"""APIs under uwsgi."""

from sandbox import checks
from sandbox.hosts import Host
from sandbox.processes import Service


def service(
    name: str, host: Host, port: int, venv: object, application: list[str], *,
    environment: dict[str, str], processes: int = 1, threads: int = 4, path: str = '/',
    plugin: bool = False, user: str | None = None,
) -> Service:
    """An API under uwsgi; the header and the signal hook keep clients off a dying worker."""
    return Service(name, host, [
        f'{venv}/bin/uwsgi', '--http-socket', f'{host.ip}:{port}', *application,
        '--master', '--processes', str(processes), '--threads', str(threads),
        '--enable-threads', '--lazy-apps', '--need-app', '--die-on-term', '--thunder-lock',
        '--buffer-size', '65535', '--add-header', 'Connection: close',
        '--hook-master-start', 'unix_signal:15 gracefully_kill_them_all',
        '--procname-prefix', f'{name} ', '--worker-reload-mercy', '5',
    ], environment, ready=checks.http(port, path), plugin=plugin, user=user)
