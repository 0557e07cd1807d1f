"""Brings the whole cloud up and down: what comes after what."""

import dataclasses
import os
import shutil

from sandbox import (
    accounts,
    config,
    database,
    guest,
    hosts,
    namespaces,
    packages,
    processes,
    settings,
    start_order,
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
from sandbox.settings import Options
from sandbox.startup import serving
from sandbox.state import State
from sandbox.steps import Progress, Step


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
    steps.run(start_order.steps(cloud, image), progress, processes.abandon)
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
    elif service.plugin and number != cloud.options.earlier_host:
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
            earlier=venvs.earlier_venv(options.nova) if options.earlier_host else None,
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
        Step('identities', lambda: start_order.populate(cloud, 'identities', *extra),
             after=('keystone',)),
    ], progress, processes.abandon)
    for service in (keystone, mariadb):
        processes.stop(service)
