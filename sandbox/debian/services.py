"""What runs where: Debian's services by their units, the rest as in any cloud of the sandbox."""

import pathlib

from sandbox import checks, openvswitch, services, settings
from sandbox.hosts import Host
from sandbox.processes import Service
from sandbox.settings import Options

UNIT = pathlib.Path(__file__).with_name('unit.sh')
MYSQL_SOCKET = '/run/mysqld/mysqld.sock'
NOVA_COMPUTE = 'nova-compute'

# Service: its unit, and how to know that it serves.
_CONTROLLER: dict[str, tuple[str, checks.Check | None]] = {
    'keystone': ('keystone', checks.http(settings.KEYSTONE_PORT, '/v3')),
    'glance': ('glance-api', checks.http(settings.GLANCE_PORT)),
    'placement': ('placement-api', checks.http(settings.PLACEMENT_PORT)),
    'neutron-api': ('neutron-api', checks.http(settings.NEUTRON_PORT)),
    'neutron-rpc': ('neutron-rpc-server', checks.says('neutron-rpc', 'Starting 1 workers')),
    'nova-api': ('nova-api', checks.http(settings.NOVA_PORT)),
    **{name: (name, checks.says(name, services.TAKES_MESSAGES))
       for name in ('nova-conductor', 'nova-scheduler')},
}


def all_services(options: Options, hosts: list[Host]) -> dict[tuple[str, str], Service]:
    """Every service of the cloud by (name, host name)."""
    controller = hosts[0]
    found = [mariadb(controller), rabbitmq(controller)]
    found += [by_unit(name, controller, unit, ready,
                      plugin=name == 'nova-api' and not options.stock)
              for name, (unit, ready) in _CONTROLLER.items()]
    for host in hosts:
        found += [
            openvswitch.ovsdb(host), openvswitch.vswitchd(host), services.virtlogd(host),
            services.libvirtd(host), by_unit('ovs-agent', host, 'neutron-openvswitch-agent'),
            by_unit(NOVA_COMPUTE, host, NOVA_COMPUTE,
                    checks.says(NOVA_COMPUTE, services.TAKES_MESSAGES),
                    plugin=options.plugin_on(host.number))]
    return {(service.name, service.host.name): service for service in found}


def mariadb(host: Host) -> Service:
    """The database, as Debian configures it; durability is traded for speed."""
    start = ('install -d -o mysql -g mysql /run/mysqld; exec mariadbd --user=mysql '
             f'--bind-address={host.ip} --skip-name-resolve {" ".join(services.MARIADB_TUNING)}')
    return Service('mariadb', host, ['sh', '-c', start],
                   ready=checks.tcp(settings.MYSQL_PORT))


def rabbitmq(host: Host) -> Service:
    """The message bus, with one scheduler thread."""
    return by_unit('rabbitmq', host, 'rabbitmq-server', checks.tcp(settings.RABBIT_PORT),
                   environment=services.RABBITMQ_TUNING)


def by_unit(
    name: str, host: Host, unit: str, ready: checks.Check | None = None, *,
    environment: dict[str, str] | None = None, plugin: bool = False,
) -> Service:
    """A service of Debian's, which runs as its unit says."""
    log = host.log_dir / f'{name}.log'
    return Service(name, host, ['sh', '-c', UNIT.read_text(), unit, unit, str(log)],
                   environment or {}, ready=ready, plugin=plugin)
