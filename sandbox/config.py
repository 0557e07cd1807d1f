"""Writes the configuration files of every service from sandbox/templates.

They are written by `up` only: edit one under .sandbox/cloud/etc and `restart` its service.
"""

import dataclasses
import pathlib
import shutil
import subprocess

from sandbox import accounts, ceph, ironic, paste_file, settings, vmware
from sandbox.hosts import Host
from sandbox.rendering import auth_section, put, render, transport_url
from sandbox.settings import Options

# Debian's own users and settings, and those of a cloud in which all is root.
QEMU_USERS = """user = "libvirt-qemu"
group = "libvirt-qemu"
dynamic_ownership = 1"""
QEMU_AS_ROOT = """user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0"""
STOCK_DRIVER = 'libvirt.LibvirtDriver'
PLUGIN_DRIVER = 'nova_ext.LibvirtDriver'
PLUGIN_FILTER = ('nova_ext', 'egg:nova-ext#nova_ext')


@dataclasses.dataclass(frozen=True)
class Environments:
    """The Python environments that the services run from."""

    services: pathlib.Path
    nova: pathlib.Path  # of the controller and of the hosts with the plugin
    stock: pathlib.Path  # of whatever runs without the plugin
    earlier: pathlib.Path | None = None  # of the host with an earlier nova-ext
    cinder: pathlib.Path | None = None  # only in a cloud with volumes
    vmware: pathlib.Path | None = None  # of the host with VMware
    ironic: pathlib.Path | None = None  # only in a cloud with bare metal
    ironic_driver: pathlib.Path | None = None  # of the host with ironic

    def of_compute(self, options: Options, host: Host) -> pathlib.Path:
        """Where nova-compute of that host runs from."""
        own = {options.vmware_host: self.vmware, options.ironic_host: self.ironic_driver,
               options.earlier_host: self.earlier}
        return own.get(host.number) or self.nova if options.plugin_on(host.number) else self.stock


def write(options: Options, hosts: list[Host], environments: Environments,
          virt_type: str) -> None:
    """Write everything that the services of these hosts read.

    :param virt_type: what nova-compute has libvirt run guests with, ``qemu`` or ``kvm``
    """
    for host in hosts:
        helper = privsep_helper(options, host, environments)
        values = {
            **template_values(options, host, environments),
            'virt_type': virt_type,
            'privsep_helper': helper if options.root else f'sudo {helper}',
            'qemu_users': QEMU_AS_ROOT if options.root else QEMU_USERS,
            'libvirt_group': 'root' if options.root else accounts.LIBVIRT,
        }
        _write_host(options, host, values)
        _write_ssh(host, hosts[0], values)
    _write_controller(options, hosts[0], environments)
    if options.ironic:
        ironic.write_for_cloud(hosts[0], auth_section(settings.IRONIC))
    if options.volumes:
        _write_volumes(hosts[0], template_values(options, hosts[0], environments))


def privsep_helper(options: Options, host: Host, environments: Environments) -> str:
    """What nova-compute of that host runs as root."""
    return f'{environments.of_compute(options, host)}/bin/privsep-helper'


def template_values(
    options: Options, host: Host, environments: Environments,
) -> dict[str, str]:
    """What most templates want, by the name that they have for it."""
    users = [*settings.SERVICE_USERS, settings.CINDER]
    return {
        'host': host.name,
        'ip': host.ip,
        'host_uuid': host.uuid,
        'cloud': str(settings.CLOUD),
        'local': str(settings.LOCAL),
        'password': settings.PASSWORD,
        'rabbit_port': str(settings.RABBIT_PORT),
        'serialproxy': settings.ENDPOINTS['serialproxy'],
        'serialproxy_port': str(settings.SERIALPROXY_PORT),
        'services_venv': str(environments.services),
        'cinder_venv': str(environments.cinder),
        'transport_url': transport_url(),
        **{f'db_{name}': settings.database_url(name) for name in options.databases},
        **{f'auth_{user}': auth_section(user) for user in users},
        'cinder': f'[cinder]\n{auth_section("nova")}' if options.volumes else '',
    }


def _write_host(options: Options, host: Host, values: dict[str, str]) -> None:
    """What every host has: libvirt, Open vSwitch agent, nova-compute."""
    plugin = options.plugin_on(host.number)
    driver, section = {
        options.vmware_host: (vmware.DRIVER, vmware.section(host)),
        options.ironic_host: (ironic.DRIVER, f'[ironic]\n{auth_section("nova")}'),
    }.get(host.number, (PLUGIN_DRIVER if plugin else STOCK_DRIVER, ''))
    nova = {
        'compute_driver': driver,
        'driver': section,
        'nova_ext': '[nova_ext]' if plugin else '',
    }
    put(host.etc / 'nova' / 'nova-cpu.conf', render('nova-cpu.conf', {**values, **nova}))
    for name in ('neutron.conf', 'ml2.ini'):
        put(host.etc / 'neutron' / name, render(name, values))
    for name in ('libvirtd.conf', 'qemu.conf', 'virtlogd.conf'):
        put(host.etc / 'libvirt' / name, render(name, values))


def _write_controller(options: Options, host: Host, environments: Environments) -> None:
    """The databases' and APIs' files; nova-api reads nova.conf and its paste file only."""
    values = template_values(options, host, environments)
    put(host.etc / 'rabbitmq' / 'rabbitmq.conf', render('rabbitmq.conf', values))
    for service, name in (('keystone', 'keystone.conf'), ('glance', 'glance-api.conf'),
                          ('placement', 'placement.conf')):
        put(host.etc / service / name, render(name, values))
    nova_ext = '' if options.stock else '[nova_ext]'
    nova_conf = render('nova.conf', {**values, 'nova_ext': nova_ext})
    pipeline = (environments.nova / 'etc/nova/api-paste.ini').read_text()
    if not options.stock:
        pipeline = paste_file.add_filter(pipeline, *PLUGIN_FILTER)
    put(host.etc / 'nova-api' / 'nova.conf', nova_conf)
    put(host.etc / 'nova-api' / 'api-paste.ini', pipeline)
    if options.stock_api:
        put(host.etc / 'nova-api-stock' / 'nova.conf', render(
            'nova.conf', {**values, 'nova_ext': ''}))
        stock_paste = environments.stock / 'etc/nova/api-paste.ini'
        put(host.etc / 'nova-api-stock' / 'api-paste.ini', stock_paste.read_text())


def _write_volumes(host: Host, values: dict[str, str]) -> None:
    """Cinder on the controller, and Ceph, whose files all hosts share."""
    keys = ceph.new_keys()
    values = {
        **values,
        'ceph': str(ceph.folder()),
        'ceph_fsid': host.uuid,
        'ceph_port': str(settings.CEPH_PORT),
        'ceph_pool': ceph.POOL,
        'ceph_client': ceph.CLIENT,
        'secret': ceph.SECRET,
        'glance': settings.ENDPOINTS['glance'],
    }
    put(host.etc / 'cinder' / 'cinder.conf', render('cinder.conf', values))
    put(ceph.folder() / 'ceph.conf', render('ceph.conf', values))
    put(ceph.folder() / 'keyring', ceph.keyring(keys))
    put(ceph.folder() / 'secret.xml', render('ceph-secret.xml', values))
    put(ceph.folder() / 'secret.key', keys[f'client.{ceph.CLIENT}'])


def _write_ssh(host: Host, controller: Host, values: dict[str, str]) -> None:
    """One key pair for all hosts, which takes the place of /etc/ssh in their namespaces."""
    folder = host.etc / 'ssh'
    for name in ('ssh_config', 'sshd_config'):
        put(folder / name, render(name, values))
    for name in ('host_key', 'id_ed25519'):
        original = controller.etc / 'ssh' / name
        if host is controller:
            subprocess.run(
                ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'sandbox', '-f',
                 str(original)], check=True)
            continue
        for source in (original, original.with_suffix('.pub')):
            shutil.copy(source, folder / source.name)
