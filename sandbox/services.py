"""What runs where: one function per service says how it is started and when it serves."""

from sandbox import accounts, checks, ironic, openvswitch, settings, vmware, volumes, wsgi
from sandbox.config import Environments
from sandbox.contained import containers
from sandbox.hosts import Host
from sandbox.processes import Service
from sandbox.settings import Options

RABBITMQ_SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'
MYSQL_SOCKET = '/run/mysqld.sock'
#: Durability is traded for speed.
MARIADB_TUNING = (
    '--innodb-flush-log-at-trx-commit=0', '--innodb-buffer-pool-size=128M',
    '--innodb-log-file-size=32M', '--performance-schema=off', '--max-connections=600',
)
#: Small, alone and not waiting in a loop.
RABBITMQ_TUNING = {
    'RABBITMQ_NODENAME': 'stack@localhost',
    'RABBITMQ_DIST_PORT': '25672',
    'RABBITMQ_LOGS': '-',
    'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS': '+S 2:2 +sbwt none',
    'ERL_EPMD_ADDRESS': '127.0.0.1',
}
TAKES_MESSAGES = 'Join ServiceGroup membership'  # what a Nova service logs in the end
# From this release on the WSGI application is a module and runs in native threads.
FIRST_NOVA_MODULE = 31
FIRST_NOVA_THREADS = 33


def all_services(
    options: Options, hosts: list[Host], environments: Environments,
) -> dict[tuple[str, str], Service]:
    """Every service of the cloud by (name, host name)."""
    controller = hosts[0]
    found = [
        mariadb(controller), rabbitmq(controller),
        keystone(controller, environments), glance(controller, environments),
        placement(controller, environments), neutron_api(controller, environments),
        neutron_rpc(controller, environments),
        nova_api(options, controller, environments, stock=False),
        *(nova_daemon(name, options, controller, environments)
          for name in ('nova-conductor', 'nova-scheduler', 'nova-serialproxy')),
    ]
    if options.stock_api:
        found.append(nova_api(options, controller, environments, stock=True))
    if options.volumes:
        found += volumes.services(controller, environments.cinder)
    if options.ironic:
        found += ironic.services(controller, environments.ironic)
    for host in hosts:
        found += [openvswitch.ovsdb(host), openvswitch.vswitchd(host),
                  ovs_agent(host, environments), nova_compute(options, host, environments)]
        if host.number == options.vmware_host:
            found.append(vmware.vcenter(host, accounts.of_nova(options)))
        elif host.number != options.ironic_host:
            found += [virtlogd(host), libvirtd(host), sshd(host)]
    return {(service.name, service.host.name): service for service in found}


def mariadb(host: Host) -> Service:
    """The database; durability is traded for speed."""
    return Service('mariadb', host, [
        'mariadbd', '--no-defaults', '--user=root', f'--datadir={settings.CLOUD}/mysql',
        f'--bind-address={host.ip}', f'--port={settings.MYSQL_PORT}',
        f'--socket={MYSQL_SOCKET}', '--pid-file=/run/mysqld.pid', '--skip-name-resolve',
        *MARIADB_TUNING,
    ], ready=checks.tcp(settings.MYSQL_PORT))


def rabbitmq(host: Host) -> Service:
    """The message bus; without plugins and with one scheduler thread."""
    folder = host.directory / 'rabbitmq'
    return Service('rabbitmq', host, [RABBITMQ_SERVER], {
        'HOME': str(folder),
        'RABBITMQ_MNESIA_BASE': str(folder),
        'RABBITMQ_CONFIG_FILE': str(host.etc / 'rabbitmq' / 'rabbitmq'),
        'RABBITMQ_ENABLED_PLUGINS_FILE': str(folder / 'enabled_plugins'),
        'ERL_CRASH_DUMP': str(folder / 'erl_crash.dump'),
        **RABBITMQ_TUNING,
    }, ready=checks.tcp(settings.RABBIT_PORT))


def keystone(host: Host, environments: Environments) -> Service:
    """Identity."""
    return wsgi.service('keystone', host, settings.KEYSTONE_PORT, environments.services,
                        ['--module', 'keystone.wsgi.api:application'], threads=6, environment={
                            'OS_KEYSTONE_CONFIG_DIR': str(host.etc / 'keystone'),
                            'OS_KEYSTONE_CONFIG_FILES': 'keystone.conf'}, path='/v3')


def glance(host: Host, environments: Environments) -> Service:
    """Images."""
    return wsgi.service('glance', host, settings.GLANCE_PORT, environments.services,
                        ['--module', 'glance.wsgi.api:application'], environment={
                            'OS_GLANCE_CONFIG_DIR': str(host.etc / 'glance'),
                            'OS_GLANCE_CONFIG_FILES': 'glance-api.conf'})


def placement(host: Host, environments: Environments) -> Service:
    """Resources of the compute hosts."""
    return wsgi.service('placement', host, settings.PLACEMENT_PORT, environments.services,
                        ['--module', 'placement.wsgi.api:application'], environment={
                            'OS_PLACEMENT_CONFIG_DIR': str(host.etc / 'placement')})


def neutron_api(host: Host, environments: Environments) -> Service:
    """Networks: the API."""
    return wsgi.service('neutron-api', host, settings.NEUTRON_PORT, environments.services,
                        ['--module', 'neutron.wsgi.api:application'], threads=6, environment={
                            'OS_NEUTRON_CONFIG_DIR': str(host.etc / 'neutron'),
                            'OS_NEUTRON_CONFIG_FILES': 'neutron.conf;ml2.ini'})


def neutron_rpc(host: Host, environments: Environments) -> Service:
    """Networks: what the agents talk to."""
    return Service('neutron-rpc', host, [
        f'{environments.services}/bin/neutron-rpc-server', *_neutron_files(host)])


def nova_api(options: Options, host: Host, environments: Environments, *, stock: bool) -> Service:
    """Compute: the API; with stock=True a second one, without the plugin, on the same data."""
    name = 'nova-api-stock' if stock else 'nova-api'
    venv = environments.stock if stock else environments.nova
    series = int(options.nova.partition('.')[0])
    if series >= FIRST_NOVA_MODULE:
        application = ['--module', 'nova.wsgi.osapi_compute:application']
    else:
        application = ['--wsgi-file', f'{venv}/bin/nova-api-wsgi']
    # Older releases patch eventlet in, which does not go together with native threads.
    threads, processes = (4, 2) if series >= FIRST_NOVA_THREADS else (1, 4)
    port = settings.NOVA_STOCK_PORT if stock else settings.NOVA_PORT
    return wsgi.service(name, host, port, venv, application, processes=processes, threads=threads,
                        environment={'OS_NOVA_CONFIG_DIR': str(host.etc / name)},
                        plugin=not stock and not options.stock, user=accounts.of_nova(options))


def nova_daemon(
    name: str, options: Options, host: Host, environments: Environments,
) -> Service:
    """Another Nova service of the controller."""
    is_proxy = name == 'nova-serialproxy'
    return Service(name, host, [
        f'{environments.nova}/bin/{name}',
        '--config-file', str(host.etc / 'nova-api' / 'nova.conf'),
    ], ready=(checks.tcp(settings.SERIALPROXY_PORT) if is_proxy
              else checks.says(name, TAKES_MESSAGES)), plugin=not options.stock,
        user=accounts.of_nova(options))


def nova_compute(options: Options, host: Host, environments: Environments) -> Service:
    """Compute: the one that drives libvirt, a vCenter or an ironic."""
    service = Service('nova-compute', host, [
        f'{environments.of_compute(options, host)}/bin/nova-compute',
        '--config-file', str(host.etc / 'nova' / 'nova-cpu.conf'),
    ], ready=checks.says('nova-compute', TAKES_MESSAGES), plugin=options.plugin_on(host.number),
        user=accounts.of_nova(options))
    return containers.in_container(service) if options.contained_on(host.number) else service


def ovs_agent(host: Host, environments: Environments) -> Service:
    """Networks: the agent that plugs the ports of this host."""
    return Service('ovs-agent', host, [
        f'{environments.services}/bin/neutron-openvswitch-agent', *_neutron_files(host)])


def virtlogd(host: Host) -> Service:
    """Keeps the consoles' logs; libvirt's default socket activation does not exist here."""
    return Service('virtlogd', host, ['/usr/sbin/virtlogd'],
                   ready=checks.unix_socket('/run/libvirt/virtlogd-sock'))


def libvirtd(host: Host) -> Service:
    """Runs the guests; listens for the other hosts' live migrations."""
    return Service('libvirtd', host, ['/usr/sbin/libvirtd', '--listen'],
                   ready=checks.unix_socket('/run/libvirt/libvirt-sock'))


def sshd(host: Host) -> Service:
    """Takes the disks of cold migrations."""
    return Service('sshd', host, ['/usr/sbin/sshd', '-D', '-e'], ready=checks.tcp(22))


def _neutron_files(host: Host) -> list[str]:
    folder = host.etc / 'neutron'
    return ['--config-file', f'{folder}/neutron.conf', '--config-file', f'{folder}/ml2.ini']
