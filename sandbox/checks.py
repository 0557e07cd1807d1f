"""Small questions that tell whether a service serves; each is asked from inside its host."""

import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from sandbox.hosts import Host
from sandbox.processes import LOG_START

TIMEOUT = 20  # seconds for one answer

Check = Callable[[Host], bool]


def http_status(host: Host, port: int, path: str = '/') -> int | None:
    """The status of an HTTP answer; None when there is none."""
    with host.network():
        connection = HTTPConnection(host.ip, port, timeout=TIMEOUT)
        try:
            connection.request('GET', path)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()


def http(port: int, path: str = '/') -> Check:
    """Whether an API answers at all; what it answers is for the caller of the API."""
    return lambda host: (http_status(host, port, path) or 500) < 500


def tcp(port: int) -> Check:
    """Whether a port of the host's own address takes connections."""
    def check(host: Host) -> bool:
        with host.network():
            try:
                socket.create_connection((host.ip, port), timeout=TIMEOUT).close()
            except OSError:
                return False
            return True
    return check


def unix_socket(path: str) -> Check:
    """Whether a socket in the host's own /run takes connections; a killed service leaves one."""
    def check(host: Host) -> bool:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(TIMEOUT)
            try:
                client.connect(f'/proc/{host.require_anchor()}/root{path}')
            except OSError:
                return False
            return True
    return check


def says(name: str, text: str) -> Check:
    """Whether a service has logged a text since its last start."""
    def check(host: Host) -> bool:
        log = (host.log_dir / f'{name}.log').read_text(errors='replace')
        return text in log.rpartition(LOG_START)[2]
    return check
