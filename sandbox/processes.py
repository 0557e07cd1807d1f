"""Long-running processes inside the hosts: start, stop, wait until they serve, read their log."""

import collections
import dataclasses
import os
import pathlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from sandbox import accounts, pids
from sandbox.errors import SandboxError
from sandbox.hosts import Host

# The processes see this and what their service adds, never the caller's environment.
BASE_ENVIRONMENT = {
    'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    'HOME': '/root',
    'LC_ALL': 'C.UTF-8',
}
LOG_START = '=== sandbox starts '  # begins the part of a log that belongs to one process
POLL_INTERVAL = 0.1  # seconds
SET_UP_TIMEOUT = 600  # seconds for one command that ends by itself
STOP_TIMEOUT = 10  # seconds between asking a service to end and killing it
# Runs in the background of a shell that ends at once: the host's first process adopts it.
LAUNCH = 'log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 & echo $!'


# Set once a step of `up` has failed: whoever still waits then gives up.
_abandoned = threading.Event()


@dataclasses.dataclass(frozen=True)
class Service:
    """How to run one process on one host, and how to know that it serves."""

    name: str
    host: Host
    command: list[str]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    ready: Callable[[Host], bool] | None = None
    timeout: float = 300  # seconds until it must be ready
    plugin: bool = False
    user: str | None = None  # None: root

    @property
    def log(self) -> pathlib.Path:
        """Everything that the service says."""
        return self.host.log_dir / f'{self.name}.log'

    @property
    def pid_file(self) -> pathlib.Path:
        """Holds the outer pid and the start time, which together are unique."""
        return self.host.directory / 'services' / self.name

    def pid(self) -> int | None:
        """The pid as seen from outside the host; None when the service does not run."""
        try:
            pid, started = self.pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if started == pids.start_time(int(pid)) else None


def start(service: Service) -> None:
    """Start a service that is not running; does not wait until it serves."""
    anchor = service.host.require_anchor()
    with service.log.open('a') as log:
        log.write(f'{LOG_START}{service.name}, {time.strftime("%F %T")}\n')
    launcher = ['sh', '-c', LAUNCH, 'sh', str(service.log),
                *accounts.as_user(service.user, service.command)]
    done = subprocess.run(
        ['nsenter', '-t', str(anchor), '-m', '-n', '-p', '-u', '--', *launcher],
        env={**BASE_ENVIRONMENT, **accounts.environment(service.user), **service.environment},
        check=True, capture_output=True, text=True)
    pid = pids.outer(anchor, int(done.stdout))
    service.pid_file.parent.mkdir(parents=True, exist_ok=True)
    if pid is not None:
        service.pid_file.write_text(f'{pid} {pids.start_time(pid)}\n')


def wait_ready(service: Service) -> None:
    """Wait until a started service serves; fail at once when it has ended."""
    deadline = time.monotonic() + service.timeout
    while service.ready is not None:
        if service.ready(service.host):
            return
        if service.pid() is None:
            raise _failed(service, 'ended')
        if time.monotonic() > deadline:
            raise _failed(service, f'did not answer within {service.timeout:.0f} s')
        _pause()


def wait_for_command(
    command: 'subprocess.Popen[bytes]', services: Iterable[Service], timeout: float,
) -> None:
    """Wait for a command that needs services; fail at once when one that was started ends."""
    deadline = time.monotonic() + timeout
    while command.poll() is None and time.monotonic() < deadline:
        for service in services:
            if service.pid_file.exists() and service.pid() is None:
                raise _failed(service, 'ended')
        _pause()


def finish(host: Host, command: list[str], environment: Mapping[str, str] | None = None) -> None:
    """Run one command of the set-up inside the host, its output in a log of its own."""
    log = host.log_dir / f'{pathlib.Path(command[0]).name}.log'
    with log.open('ab') as output:
        # coreutils' timeout ends what runs inside the host too, not only nsenter.
        done = subprocess.run(
            host.enter(['timeout', str(SET_UP_TIMEOUT), *command]),
            env={**BASE_ENVIRONMENT, **(environment or {})},
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
    if done.returncode:
        raise SandboxError(
            f'{" ".join(command)} failed ({done.returncode}). Its last lines:\n\n'
            f'{tail(log)}\n'
            f'The whole log: {log}')


def abandon() -> None:
    """Let every wait for a service end at once, because another one has failed."""
    _abandoned.set()


def stop(service: Service) -> None:
    """End a service with all its processes: politely first, by force after STOP_TIMEOUT."""
    pid = service.pid()
    if pid is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT
    while service.pid() is not None and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL)
    pids.kill_group(pid, STOP_TIMEOUT)


def kill(service: Service) -> None:
    """End a service with all its processes at once, without its leave."""
    pid = service.pid()
    if pid is not None:
        pids.kill_group(pid, STOP_TIMEOUT)


def tail(log: pathlib.Path, lines: int = 20) -> str:
    """The last lines of a log."""
    if not log.exists():
        return '(no log)\n'
    with log.open(errors='replace') as text:
        return ''.join(collections.deque(text, maxlen=lines))


def _pause() -> None:
    if _abandoned.wait(POLL_INTERVAL):
        raise SandboxError('Given up, because something else has failed.')


def _failed(service: Service, what: str) -> SandboxError:
    return SandboxError(
        f'{service.name} on {service.host.name} {what}. Its last lines:\n\n'
        f'{tail(service.log)}\n'
        f'The whole log: {service.log}\n'
        'Fix what it complains about, then run `sandbox/stack up` again: it starts from scratch.')
