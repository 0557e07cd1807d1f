"""The order in which a cloud's services start: as early as what each of them needs allows."""

from sandbox import ceph, guest, ironic, startup
from sandbox.debian import cloud as debian
from sandbox.processes import Service
from sandbox.startup import serving
from sandbox.state import State
from sandbox.steps import Step


def steps(cloud: State, image: guest.GuestImage) -> list[Step]:
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
        Step('image for VMware', lambda: populate(cloud, 'vmware', *_unread_images(cloud)),
             after=('image, flavors, network', 'vCenter')),
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
        Step('image, flavors, network', lambda: populate(
            cloud, 'resources', str(image.kernel), str(image.ramdisk), str(image.disk)),
            after=('glance', 'nova-api', 'neutron')),
        Step(f'{controller.name} to {names[-1]} take servers', lambda: populate(
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


def _unread_images(cloud: State) -> list[str]:
    """The address of the host with VMware, where its nova-compute cannot fetch images itself.

    Nova 26 closes an image before its driver for VMware has read it.
    """
    return [host.ip for host in cloud.hosts
            if host.number == cloud.options.vmware_host and cloud.options.nova.startswith('26')]


def populate(cloud: State, *words: str) -> None:
    """Run one part of sandbox.populate in the cloud."""
    startup.populate(cloud.hosts[0], cloud.services.values(), *words)
