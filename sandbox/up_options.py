"""The options of `sandbox/stack up`, and which of them go together."""

import argparse
import dataclasses

from sandbox import settings
from sandbox.errors import SandboxError
from sandbox.settings import Options


def add(command: argparse.ArgumentParser) -> None:
    """Add them to the command."""
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
    command.add_argument('--earlier-host', type=int, metavar='N',
                         help='with nova-ext 1.1 on compute host N')
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


def check(options: argparse.Namespace) -> Options:
    """Return what the person asked for.

    :raises SandboxError: it does not go together
    """
    for number in (options.stock_host, options.earlier_host):
        if number and number > options.hosts:
            raise SandboxError(f'There is no host {number} among {options.hosts}.')
    if options.earlier_host and (options.stock or options.contained
                                 or options.earlier_host == options.stock_host):
        raise SandboxError('--earlier-host takes a host with the plugin, in no container.')
    if options.debian and (options.earlier_host or options.stock_api or options.shared_instances
                           or options.volumes or options.vmware or options.ironic
                           or options.contained or options.virt_type == 'kvm'):
        raise SandboxError('--debian goes with --hosts, --stock and --stock-host only.')
    if options.contained and (options.root or options.stock):
        raise SandboxError('--contained goes neither with --root nor with --stock.')
    wanted = Options(**{
        field.name: getattr(options, field.name) for field in dataclasses.fields(Options)})
    if options.debian:
        wanted = dataclasses.replace(wanted, nova=settings.DEBIAN_NOVA, virt_type='qemu')
    if wanted.all_hosts > settings.MAX_HOSTS:
        raise SandboxError(f'There can be {settings.MAX_HOSTS} hosts of all kinds.')
    if wanted.stock and (wanted.vmware or wanted.ironic):
        raise SandboxError('Hosts with VMware or ironic have the plugin: leave --stock out.')
    return wanted
