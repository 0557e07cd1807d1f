"""Edits Debian's own configuration files of a host, with what the sandbox's templates ask for."""

import collections
import configparser
import pathlib

from sandbox import config, rendering
from sandbox.debian import settings_files
from sandbox.hosts import Host
from sandbox.settings import Options

#: Where things are, and what a service may do as root, is Debian's to say.
DEBIANS = frozenset((
    'api_paste_config', 'compute_driver', 'config_file', 'filesystem_store_datadir',
    'helper_command', 'instances_path', 'key_repository', 'lock_path', 'root_helper', 'state_path',
    'virt_type',
))

#: Debian's files, below /etc, by the template whose options they get.
CONTROLLER = {
    'keystone.conf': 'keystone/keystone.conf',
    'glance-api.conf': 'glance/glance-api.conf',
    'placement.conf': 'placement/placement.conf',
    'ml2.ini': 'neutron/plugins/ml2/ml2_conf.ini',
    'nova.conf': 'nova/nova.conf',
}
HOST = {
    'nova-cpu.conf': 'nova/nova.conf',
    'neutron.conf': 'neutron/neutron.conf',
    'ml2.ini': 'neutron/plugins/ml2/openvswitch_agent.ini',
}
LIBVIRT = ('libvirtd.conf', 'virtlogd.conf')
RABBITMQ = 'rabbitmq.conf'
TEMPLATES = sorted({*CONTROLLER, *HOST, *LIBVIRT, RABBITMQ})

#: Debian's are for a machine of the cloud's own.
PROCESSES = {
    'keystone/keystone-uwsgi.ini': 1, 'glance/glance-api-uwsgi.ini': 1,
    'placement/placement-api-uwsgi.ini': 1, 'neutron/neutron-api-uwsgi.ini': 1,
    'nova/nova-api-uwsgi.ini': 2,
}

#: Nova's compute manager activates a port's binding from two threads after a live migration, and
#: neutron of that release answers 500 when it does so twice at once.
THREADS = {'neutron/neutron-api-uwsgi.ini': 1}

#: Where Debian's programs are, as every host sees it.
ENVIRONMENTS = config.Environments(*[pathlib.Path('/usr')] * 3)


def write_controller(host: Host, options: Options) -> None:
    """Edit what the services of the controller read."""
    for template, name in CONTROLLER.items():
        _edit(host, name, _options(template, host, options))
    for name, number in PROCESSES.items():
        # Without the header, uwsgi resets connections that a client wants to use again.
        threads = {'threads': str(THREADS[name])} if name in THREADS else {}
        _edit(host, name, {'uwsgi': {
            'processes': str(number), 'add-header': 'Connection: close', **threads}})
    (host.root / 'etc/rabbitmq' / RABBITMQ).write_text(_render(RABBITMQ, host, options))


def write_host(host: Host, options: Options, virt_type: str) -> None:
    """Edit what the services of any host read.

    :param virt_type: what guests are run with; Debian sets it where it sets the driver
    """
    for template, name in HOST.items():
        _edit(host, name, _options(template, host, options))
    _edit(host, 'nova/nova-compute.conf', {'libvirt': {'virt_type': virt_type}})
    for name in LIBVIRT:
        path = host.root / 'etc/libvirt' / name
        path.write_text(settings_files.add_settings(
            path.read_text(), _render(name, host, options)))


def _options(template: str, host: Host, options: Options) -> settings_files.Options:
    """The options of a template, without those that are Debian's."""
    parser = configparser.RawConfigParser(default_section='', strict=False)
    parser.read_string(_render(template, host, options))
    return {section: {name: value for name, value in parser[section].items()
                      if name not in DEBIANS} for section in parser.sections()}


def _render(template: str, host: Host, options: Options) -> str:
    """Fill a template; what it has for other clouds alone is empty."""
    return rendering.render(template, collections.defaultdict(
        str, config.template_values(options, host, ENVIRONMENTS), libvirt_group='libvirt'))


def _edit(host: Host, name: str, options: settings_files.Options) -> None:
    """Set options in a file below /etc, whose owner and mode stay."""
    path = host.root / 'etc' / name
    path.write_text(settings_files.set_options(path.read_text(), options))
