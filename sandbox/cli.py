"""The command line of the sandbox."""

import argparse
import os
import shlex
import sys
from collections.abc import Sequence

from sandbox import accounts, cloud, hosts, locks, processes, settings, state, status, venvs
from sandbox.errors import SandboxError
from sandbox.settings import Options


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
    _add_up(commands.add_parser('up', help='build the cloud'))

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


def _add_up(command: argparse.ArgumentParser) -> None:
    release = command.add_mutually_exclusive_group()
    release.add_argument('--nova', default=settings.DEFAULT_NOVA, metavar='VERSION',
                         help='release of Nova (default: %(default)s)')
    release.add_argument('--debian', action='store_true',
                         help="Debian's own packages, each host with a root of its own")
    command.add_argument('--hosts', type=int, default=2, metavar='N',
                         choices=range(1, settings.MAX_HOSTS + 1),
                         help='compute hosts, the first one also the controller (default: 2)')
    plugin = command.add_mutually_exclusive_group()
    plugin.add_argument('--stock', action='store_true', help='without the plugin')
    plugin.add_argument('--stock-host', type=int, metavar='N',
                        help='without the plugin on compute host N')
    command.add_argument('--stock-api', action='store_true',
                         help='also a nova-api without the plugin, on the same data')
    command.add_argument('--shared-instances', action='store_true',
                         help='one directory of instances for all hosts')
    command.add_argument('--volumes', action='store_true',
                         help='also cinder, with its volumes in a small Ceph')
    command.add_argument('--vmware', action='store_true',
                         help='also a compute host with VMware, on a simulated vCenter')
    command.add_argument('--ironic', action='store_true',
                         help='also a compute host with ironic, whose machines are pretended')
    command.add_argument('--contained', action='store_true',
                         help='nova-compute in containers on the hosts with the plugin')
    command.add_argument('--root', action='store_true',
                         help="run Nova's services and the guests as root, too")
    command.add_argument('--virt-type', choices=('qemu', 'kvm'),
                         help='insist on it (default: kvm where a guest boots with it, else qemu)')
    command.set_defaults(run=_up)


def _add_host(command: argparse.ArgumentParser) -> None:
    command.add_argument('--host', type=int, default=1, metavar='N', help='default: 1')


def _up(options: argparse.Namespace) -> None:
    if options.stock_host and options.stock_host > options.hosts:
        raise SandboxError(f'There is no host {options.stock_host} among {options.hosts}.')
    if options.debian and (options.stock_api or options.shared_instances or options.volumes
                           or options.vmware or options.ironic or options.contained
                           or options.virt_type == 'kvm'):
        raise SandboxError('--debian goes with --hosts, --stock and --stock-host only.')
    if options.contained and (options.root or options.stock):
        raise SandboxError('--contained goes neither with --root nor with --stock.')
    wanted = Options(
        settings.DEBIAN_NOVA if options.debian else options.nova, options.hosts, options.stock,
        options.stock_host, options.stock_api, options.shared_instances, options.volumes,
        options.root, 'qemu' if options.debian else options.virt_type, options.debian,
        options.vmware, options.ironic, options.contained)
    if wanted.all_hosts > settings.MAX_HOSTS:
        raise SandboxError(f'There can be {settings.MAX_HOSTS} hosts of all kinds.')
    if wanted.stock and (wanted.vmware or wanted.ironic):
        raise SandboxError('Hosts with VMware or ironic have the plugin: leave --stock out.')
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
