"""The command line of the sandbox."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from sandbox import (
    accounts,
    cloud,
    hosts,
    locks,
    processes,
    settings,
    state,
    status,
    up_options,
    venvs,
)
from sandbox.errors import SandboxError


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    os.umask(0o022)  # not everything that reads what is made here is root
    try:
        # argparse would take the client's own options for its own.
        if arguments[:1] == ['openstack']:
            _openstack(arguments[1:])
        if arguments[:1] in (['tempest'], ['tempest-33']):
            _tempest(*arguments)
        options = _parser().parse_args(arguments)
        code = options.run(options)
    except SandboxError as error:
        print(f'\n{error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('\nInterrupted; `sandbox/stack down` cleans up.', file=sys.stderr)
        return 130
    return int(code or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='sandbox/stack',
        description='A real OpenStack cloud on this machine: controller and compute hosts in '
                    'namespaces of their own. State is in .sandbox/ of the checkout.')
    commands = parser.add_subparsers(metavar='COMMAND', required=True)
    command = commands.add_parser('up', help='build the cloud')
    up_options.add(command)
    command.set_defaults(run=_up)

    command = commands.add_parser('down', help='end the cloud and discard its data')
    command.set_defaults(run=_down)

    command = commands.add_parser('status', help='hosts, services, memory, APIs')
    command.add_argument('--json', action='store_true', help='everything a test needs')
    command.set_defaults(run=lambda options: status.show(as_json=options.json))

    commands.add_parser('openstack', help='the client as admin', add_help=False)
    commands.add_parser('tempest', help='Tempest, configured for this cloud', add_help=False)
    commands.add_parser('tempest-33', help='the same with the oldest Tempest', add_help=False)

    command = commands.add_parser('demo', help='what the plugin is for, shown in a mixed cloud')
    command.set_defaults(run=_demo)

    command = commands.add_parser('exec', help="run a command in a host's namespaces")
    _add_host(command)
    command.add_argument('--net', action='store_true',
                         help="only in its network: the machine's processes and files stay")
    command.add_argument('--user', help='as one of its users (default: root)')
    command.add_argument('command', nargs=argparse.REMAINDER, metavar='CMD...')
    command.set_defaults(run=_exec)

    command = commands.add_parser('env', help='variables for any other client')
    command.add_argument('--persona', choices=settings.PERSONAS, default='admin')
    command.set_defaults(run=_env)

    command = commands.add_parser('restart', help='restart a service, with the newest plugin')
    command.add_argument('service')
    _add_host(command)
    command.set_defaults(run=_restart)

    command = commands.add_parser('logs', help='the last lines of a service')
    command.add_argument('service')
    _add_host(command)
    command.add_argument('--lines', type=int, default=50)
    command.set_defaults(run=_logs)
    return parser


def _add_host(command: argparse.ArgumentParser) -> None:
    command.add_argument('--host', type=int, default=1, metavar='N', help='default: 1')


def _up(options: argparse.Namespace) -> None:
    wanted = up_options.check(options)
    with locks.cloud():
        cloud.up(wanted)


def _down(_: argparse.Namespace) -> None:
    with locks.cloud():
        cloud.down()
    print('The cloud is down.')


def _exec(options: argparse.Namespace) -> None:
    command = options.command[1:] if options.command[:1] == ['--'] else options.command
    os.environ.update(accounts.environment(options.user))
    _replace(options.host, accounts.as_user(options.user, command or ['bash']),
             only_network=options.net)


def _openstack(arguments: Sequence[str]) -> None:
    state.require()
    client = venvs.client_venv()
    os.environ.update(settings.client_environment())
    _replace(1, [f'{client}/bin/openstack', *arguments], only_network=True)


def _tempest(name: str, *arguments: str) -> None:
    python = state.require().environments.services / 'bin/python'
    venv = venvs.tempest_venv(name)
    os.chdir(settings.CHECKOUT)
    _replace(1, [str(python), '-m', 'sandbox.tempest_workspace', str(venv), *arguments],
             only_network=False)


def _demo(_: argparse.Namespace) -> None:
    python = state.require().environments.services / 'bin/python'
    os.chdir(settings.CHECKOUT)
    _replace(1, [str(python), '-m', 'sandbox.demo'], only_network=True)


def _env(options: argparse.Namespace) -> None:
    print("# Reachable only in the cloud's network: sandbox/stack exec --net CMD...")
    for name, value in settings.client_environment(options.persona).items():
        print(f'export {name}={shlex.quote(value)}')
    for name, url in settings.ENDPOINTS.items():
        print(f'# {name}: {url}')


def _restart(options: argparse.Namespace) -> None:
    with locks.cloud():
        cloud.restart(options.service, options.host)
    print(f'{options.service} on stack{options.host} is restarted.')


def _logs(options: argparse.Namespace) -> None:
    log = settings.LOGS / hosts.Host(options.host).name / f'{options.service}.log'
    if not log.exists():
        known = sorted(path.stem for path in log.parent.glob('*.log'))
        raise SandboxError(f'There is no {log}. There are: {", ".join(known) or "none"}.')
    sys.stdout.write(processes.tail(log, options.lines))


def _replace(number: int, command: Sequence[str], *, only_network: bool) -> None:
    """Become a command inside a host."""
    words = hosts.Host(number).enter(command, only_network=only_network)
    sys.stdout.flush()
    os.execvp(words[0], words)  # noqa: S606
