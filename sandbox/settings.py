"""Everything constant about the cloud: options, names, addresses, ports, paths, passwords.

The ports are each service's usual ones: they exist only in the hosts' network namespaces.
"""

import dataclasses
import pathlib

CHECKOUT = pathlib.Path(__file__).resolve().parents[1]
STATE = CHECKOUT / '.sandbox'
CLOUD = STATE / 'cloud'  # discarded by `down`
LOGS = STATE / 'logs'
CACHE = STATE / 'cache'
# Each host binds its own directory here: one path, another content on every host.
LOCAL = CLOUD / 'local'
SHARED_INSTANCES = CLOUD / 'shared-instances'

PYTHON = '/usr/bin/python3'
REGION = 'RegionOne'
# Of every user, of the database and of the message bus.
PASSWORD = 'sandbox'  # noqa: S105
SERVICE_USERS = ('nova', 'glance', 'neutron', 'placement')
DATABASES = (
    'keystone', 'glance', 'placement', 'neutron', 'nova_api', 'nova_cell0', 'nova_cell1',
)
# The same name serves as user, database and key of ENDPOINTS, in a cloud with volumes only.
CINDER = 'cinder'
# The same in a cloud with bare metal only.
IRONIC = 'ironic'

SUBNET = '10.99.0'
CONTROLLER_IP = f'{SUBNET}.1'
MYSQL_PORT = 3306
RABBIT_PORT = 5672
KEYSTONE_PORT = 5000
GLANCE_PORT = 9292
PLACEMENT_PORT = 8778
NEUTRON_PORT = 9696
NOVA_PORT = 8774
NOVA_STOCK_PORT = 18774
SERIALPROXY_PORT = 6083
CINDER_PORT = 8776
CEPH_PORT = 3300
VCENTER_PORT = 8989
IRONIC_PORT = 6385
IRONIC_RPC_PORT = 8089

DEFAULT_NOVA = '34.0.0'
DEBIAN_NOVA = '26'  # of Debian 12
#: The last commit before nova-ext 1.2: a host that has not been upgraded runs it.
EARLIER = 'ae2049c2870547f647f56e9cdfe0e4ae45ebb853'
MAX_HOSTS = 9

ENDPOINTS = {
    'keystone': f'http://{CONTROLLER_IP}:{KEYSTONE_PORT}/v3',
    'glance': f'http://{CONTROLLER_IP}:{GLANCE_PORT}',
    'placement': f'http://{CONTROLLER_IP}:{PLACEMENT_PORT}',
    'neutron': f'http://{CONTROLLER_IP}:{NEUTRON_PORT}',
    'nova': f'http://{CONTROLLER_IP}:{NOVA_PORT}/v2.1',
    'nova_stock': f'http://{CONTROLLER_IP}:{NOVA_STOCK_PORT}/v2.1',
    'cinder': f'http://{CONTROLLER_IP}:{CINDER_PORT}/v3',
    'ironic': f'http://{CONTROLLER_IP}:{IRONIC_PORT}',
    'serialproxy': f'ws://{CONTROLLER_IP}:{SERIALPROXY_PORT}/',
}

# name of the persona: (user, project)
PERSONAS = {
    'admin': ('admin', 'admin'),
    'member': ('member', 'demo'),
    'reader': ('reader', 'demo'),
}


@dataclasses.dataclass(frozen=True)
class Options:
    """What the person asked `up` for."""

    nova: str = DEFAULT_NOVA
    hosts: int = 2
    stock: bool = False
    stock_host: int | None = None
    stock_api: bool = False
    #: The host with the nova-ext of EARLIER.
    earlier_host: int | None = None
    shared_instances: bool = False
    volumes: bool = False
    #: Whether Nova's services and the guests run as root, too.
    root: bool = False
    #: ``qemu`` or ``kvm``; None: KVM where a guest boots with it.
    virt_type: str | None = None
    #: Debian's own packages, see sandbox.debian.
    debian: bool = False
    #: Whether there is one more host, whose nova-compute drives a vCenter.
    vmware: bool = False
    #: Whether there is one more host, whose nova-compute drives an ironic.
    ironic: bool = False
    #: nova-compute in containers, see sandbox.contained.
    contained: bool = False

    def plugin_on(self, number: int) -> bool:
        """Whether nova-compute of that host runs with the plugin."""
        return not self.stock and number != self.stock_host

    def contained_on(self, number: int) -> bool:
        """Whether nova-compute of that host runs in a container."""
        return self.contained and self.plugin_on(number) and number <= self.hosts

    @property
    def vmware_host(self) -> int | None:
        """The number of the host whose nova-compute drives a vCenter."""
        return self.hosts + 1 if self.vmware else None

    @property
    def ironic_host(self) -> int | None:
        """The number of the host whose nova-compute drives an ironic."""
        return self.all_hosts if self.ironic else None

    @property
    def all_hosts(self) -> int:
        """How many hosts there are of any kind."""
        return self.hosts + self.vmware + self.ironic

    @property
    def databases(self) -> tuple[str, ...]:
        """The databases of the services that there are."""
        return (*DATABASES, *([CINDER] if self.volumes else []),
                *([IRONIC] if self.ironic else []))

    @property
    def absent(self) -> frozenset[str]:
        """The keys of ENDPOINTS behind which there is nothing."""
        return frozenset([
            *([] if self.stock_api else ['nova_stock']), *([] if self.volumes else [CINDER]),
            *([] if self.ironic else [IRONIC])])


def database_url(name: str) -> str:
    """The SQLAlchemy URL of one database."""
    return f'mysql+pymysql://os:{PASSWORD}@{CONTROLLER_IP}:{MYSQL_PORT}/{name}'


def client_environment(persona: str = 'admin') -> dict[str, str]:
    """The OS_* variables of a persona, for any OpenStack client."""
    user, project = PERSONAS[persona]
    return {
        'OS_AUTH_URL': ENDPOINTS['keystone'],
        'OS_USERNAME': user,
        'OS_PASSWORD': PASSWORD,
        'OS_PROJECT_NAME': project,
        'OS_USER_DOMAIN_ID': 'default',
        'OS_PROJECT_DOMAIN_ID': 'default',
        'OS_REGION_NAME': REGION,
        'OS_IDENTITY_API_VERSION': '3',
    }
