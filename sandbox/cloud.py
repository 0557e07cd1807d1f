"""Brings the whole cloud up and down: what comes after what."""

import contextlib
import dataclasses
import fcntl
import os
import shutil
from collections.abc import Iterator

from sandbox import (
    accounts,
    ceph,
    config,
    database,
    guest,
    hosts,
    ironic,
    namespaces,
    packages,
    processes,
    settings,
    startup,
    state,
    steps,
    vcsim,
    venvs,
    virtualization,
)
from sandbox.config import Environments
from sandbox.contained import containers, images
from sandbox.debian import cloud as debian
from sandbox.errors import SandboxError
from sandbox.processes import Service
from sandbox.settings import Options
from sandbox.startup import serving
from sandbox.state import State
from sandbox.steps import Progress, Step


@contextlib.contextmanager
def lock() -> Iterator[None]:
    """Keep a second `up`, `down` or `restart` of this checkout away."""
    settings.STATE.mkdir(exist_ok=True)
    with open(settings.STATE / 'lock', 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SandboxError(
                'Another `up`, `down` or `restart` of this checkout is at work.') from None
        yield


def up(options: Options) -> None:
    """Build the cloud; nothing happens when it is up already."""
    if os.geteuid() != 0:
        raise SandboxError('The sandbox must run as root: it makes namespaces and mounts.')
    found = state.load()
    if found is not None and found.ready and _is_up(found, options):
        return
    progress = Progress()
    with progress.during('Debian packages'):
        packages.ensure(volumes=options.volumes, vmware=options.vmware)
    environments, image = _prepare(options, progress)
    if not options.root and not options.debian:
        accounts.check_reach(environments.nova, environments.stock,
                             *filter(None, [environments.vmware, environments.ironic_driver]))
    with progress.during('KVM tried'):
        virt_type, reason = virtualization.choose(
            options.virt_type, image, accounts.of_guests(options))
    print(f'The guests run with {virt_type}: {reason}', flush=True)
    if found is not None:
        down()
    _fresh_logs()
    cloud = State(options, environments, ready=False, virt_type=virt_type)
    cloud.save()
    if options.debian:
        debian.create(cloud, progress)
    else:
        _create(cloud, progress)
    steps.run(_service_steps(cloud, image), progress, processes.abandon)
    dataclasses.replace(cloud, ready=True).save()
    print(f'The cloud is up after {progress.total():.0f} s. '
          'Try: sandbox/stack openstack hypervisor list')


def _create(cloud: State, progress: Progress) -> None:
    """Start the hosts, with all that their services need to be started."""
    options, environments = cloud.options, cloud.environments
    config.write(options, cloud.hosts, environments, cloud.virt_type)
    users = None if options.root else accounts.of_machine()
    for host in cloud.hosts:
        with progress.during(f'host {host.name}'):
            if users:
                accounts.write(host, users, config.privsep_helper(options, host, environments))
            namespaces.create(host, hosts=cloud.hosts, options=options)
            if users:
                accounts.hand_over(host, users)
            if options.contained_on(host.number):
                containers.write(host, options.nova)
    snapshot = database.snapshot(environments.stock.name, options)
    if snapshot.exists():
        with progress.during('databases restored'):
            database.restore(snapshot)
    else:
        _first_time(cloud, progress)
        with progress.during('databases kept for the next time'):
            database.save(snapshot)


def down() -> None:
    """End the cloud and discard its data; environments, guest image, caches and logs stay."""
    namespaces.destroy(hosts.all_hosts(settings.MAX_HOSTS))
    # What a host had mounted is gone with its namespace: there is only data of ours.
    shutil.rmtree(settings.CLOUD, ignore_errors=True)
    if settings.CLOUD.exists():
        shutil.rmtree(settings.CLOUD)


def restart(name: str, number: int) -> None:
    """Restart one service, with the plugin installed again if its sources changed."""
    cloud = state.require()
    service = cloud.service(name, number)
    if service.plugin and cloud.options.debian:
        debian.install(service.host)
    elif name == 'nova-compute' and cloud.options.contained_on(number):
        containers.renew(service.host, cloud.options.nova)
    elif service.plugin:
        make = {cloud.options.vmware_host: venvs.vmware_venv,
                cloud.options.ironic_host: venvs.ironic_driver_venv}.get(number, venvs.nova_venv)
        make(cloud.options.nova, plugin=True)
    processes.stop(service)
    processes.start(service)
    processes.wait_ready(service)


def _is_up(found: State, options: Options) -> bool:
    """Whether the cloud that was asked for runs; False when its hosts are gone."""
    if any(host.anchor() is None for host in found.hosts):
        return False
    if found.options != options:
        raise SandboxError(
            f'A cloud with other options is up: {found.options}.\n'
            'Run `sandbox/stack down` first.')
    dead = [f'{name} on {host}' for (name, host), service in found.services.items()
            if service.pid() is None]
    if dead:
        raise SandboxError(
            f'The cloud is up, but these ended: {", ".join(dead)}.\nUse `sandbox/stack logs '
            'SERVICE`, then `sandbox/stack restart SERVICE`, or start over with `down`.')
    print('The cloud is up already; nothing to do.')
    return True


def _prepare(options: Options, progress: Progress) -> tuple[Environments, guest.GuestImage]:
    with progress.during('guest image'):
        image = guest.build()
    if options.debian:
        return debian.ENVIRONMENTS, image
    with progress.during('Python environments'):
        stock = venvs.nova_venv(options.nova, plugin=False)
        environments = Environments(
            services=venvs.services_venv(), stock=stock,
            nova=stock if options.stock else venvs.nova_venv(options.nova, plugin=True),
            cinder=venvs.cinder_venv() if options.volumes else None,
            vmware=venvs.vmware_venv(options.nova, plugin=True) if options.vmware else None,
            ironic=venvs.ironic_venv() if options.ironic else None,
            ironic_driver=venvs.ironic_driver_venv(options.nova, plugin=True)
            if options.ironic else None)
    if options.vmware:
        with progress.during('simulated vCenter'):
            vcsim.build()
    if options.contained:
        with progress.during('image of nova-compute'):
            images.prepare(options.nova)
    return environments, image


def _fresh_logs() -> None:
    """Keep the logs of one previous cloud beside those of the new one."""
    previous = settings.LOGS.with_name('logs.previous')
    if settings.LOGS.exists():
        shutil.rmtree(previous, ignore_errors=True)
        settings.LOGS.rename(previous)


def _first_time(cloud: State, progress: Progress) -> None:
    """Make the databases and identities of a combination of versions never seen before."""
    host = cloud.hosts[0]
    mariadb, keystone = (cloud.services[name, host.name] for name in ('mariadb', 'keystone'))
    with progress.during('MariaDB installed'):
        database.install(host)
    extra = [name for name in ('volumes', 'ironic') if getattr(cloud.options, name)]
    schemas = database.schema_steps(
        host, database.managers(host, cloud.environments), after='databases')
    steps.run([
        serving('MariaDB', [mariadb]),
        Step('databases', lambda: database.create(host, cloud.options), after=('MariaDB',)),
        *schemas,
        serving('keystone', [keystone], after=('schema of keystone',)),
        Step('identities', lambda: _populate(cloud, 'identities', *extra),
             after=('keystone',)),
    ], progress, processes.abandon)
    for service in (keystone, mariadb):
        processes.stop(service)


def _service_steps(cloud: State, image: guest.GuestImage) -> list[Step]:
    """Everything from the restored databases to a cloud that takes servers."""
    controller = cloud.hosts[0]

    def named(*names: str) -> list[Service]:
        return [service for (name, _), service in cloud.services.items() if name in names]

    apis = ['nova-api', *(['nova-api-stock'] if cloud.options.stock_api else [])]
    names = [host.name for host in cloud.hosts]
    volumes = _volume_steps(cloud) if cloud.options.volumes else []
    plugin = debian.plugin_steps(cloud) if cloud.options.debian else []
    installed = tuple(step.name for step in plugin)
    vmware = [
        serving('vCenter', named('vcsim')),
        # Not beside the other images: the service of images, too, loads its policy then.
        Step('image for VMware', lambda: _populate(cloud, 'vmware'),
             after=('image, flavors, network',)),
    ] if cloud.options.vmware else []
    metal = ironic.steps(cloud) if cloud.options.ironic else []
    return [
        *volumes, *plugin, *vmware, *metal,
        serving('MariaDB', named('mariadb')),
        serving('RabbitMQ', named('rabbitmq')),
        serving('keystone', named('keystone'), after=('MariaDB',)),
        serving('placement', named('placement'), after=('MariaDB',)),
        serving('nova-conductor', named('nova-conductor'),
                after=('RabbitMQ', 'keystone', 'placement')),
        serving('Open vSwitch databases', named('ovsdb')),
        serving('Open vSwitch', named('ovs-vswitchd'), after=('Open vSwitch databases',)),
        serving('virtlogd, sshd', named('virtlogd', 'sshd')),
        serving('libvirtd', named('libvirtd'), after=('virtlogd, sshd',)),
        # Earlier, its first message would be lost and its second one come 10 s later.
        serving('nova-compute', [
            service for service in named('nova-compute')
            if service.host.number != cloud.options.ironic_host],
                after=('nova-conductor', 'libvirtd', *installed,
                       *(('vCenter',) if cloud.options.vmware else ()))),
        serving('nova-api', named(*apis),
                after=('RabbitMQ', 'keystone', 'placement', *installed)),
        serving('neutron', named('neutron-api', 'neutron-rpc'),
                after=('RabbitMQ', 'keystone')),
        serving('Open vSwitch agents', named('ovs-agent'),
                # Debian's come before the server, and would wait a minute for its answer.
                after=('RabbitMQ', 'Open vSwitch',
                       *(('neutron',) if cloud.options.debian else ()))),
        serving('glance', named('glance'), after=('RabbitMQ', 'keystone')),
        serving('nova-scheduler', named('nova-scheduler'), after=('nova-conductor',)),
        serving('nova-serialproxy', named('nova-serialproxy'), after=('nova-api',)),
        Step('image, flavors, network', lambda: _populate(
            cloud, 'resources', str(image.kernel), str(image.ramdisk), str(image.disk)),
            after=('glance', 'nova-api', 'neutron')),
        Step(f'{controller.name} to {names[-1]} take servers', lambda: _populate(
            cloud, 'computes', *names),
            # Not beside the other: neutron loads its policy at the first request, and denies
            # everything to a second one that comes meanwhile.
            after=('image, flavors, network', 'nova-compute', 'Open vSwitch agents',
                   *(step.name for step in metal))),
    ]


def _volume_steps(cloud: State) -> list[Step]:
    """Ceph and cinder, beside the other services."""
    controller = cloud.hosts[0]

    def named(*names: str) -> list[Service]:
        return [cloud.services[name, controller.name] for name in names]

    def give_secrets() -> None:
        for host in cloud.hosts[:cloud.options.hosts]:
            ceph.give_secret(host)

    return [
        Step('Ceph made', lambda: ceph.make(controller)),
        serving('Ceph monitor', named('ceph-mon'), after=('Ceph made',)),
        Step('pool of volumes', lambda: ceph.make_pool(controller), after=('Ceph monitor',)),
        serving('Ceph manager and OSD', named('ceph-mgr', 'ceph-osd'),
                after=('pool of volumes',)),
        Step('Ceph', lambda: ceph.wait_usable(controller), after=('Ceph manager and OSD',)),
        Step('libvirt knows the key', give_secrets, after=('libvirtd',)),
        serving('cinder', named('cinder-api', 'cinder-scheduler'),
                after=('RabbitMQ', 'keystone')),
        # Without Ceph its driver would not start, and try again only a minute later.
        serving('cinder-volume', named('cinder-volume'), after=('RabbitMQ', 'MariaDB', 'Ceph')),
    ]


def _populate(cloud: State, *words: str) -> None:
    """Run one part of sandbox.populate in the cloud."""
    startup.populate(cloud.hosts[0], cloud.services.values(), *words)
