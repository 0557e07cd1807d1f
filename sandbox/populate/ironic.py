"""The machines that ironic has, and the flavor of servers on them."""

from sandbox.client import bare_metal
from sandbox.populate.api import Cloud, wait_for

#: The machines that were inspected, and one that was not.
INSPECTED = ('metal1', 'metal2')
OTHER = 'metal3'

FLAVOR = 'metal'
RESOURCE_CLASS = 'baremetal'

#: What people have written of a machine, which is not what its inspection finds.
PROPERTIES = {'cpus': 4, 'memory_mb': 8192, 'local_gb': 100, 'cpu_arch': 'x86_64'}


def run(cloud: Cloud) -> None:
    """Enroll machines, and make a flavor for which Nova takes a whole one."""
    proxy = bare_metal.connect()
    wait_for('ironic knows its hardware', lambda: bool(list(proxy.drivers())))
    present = {node.name for node in proxy.nodes()}
    for name in (*INSPECTED, OTHER):
        if name in present:
            continue
        machine = bare_metal.Machine.enroll(
            proxy, name=name, resource_class=RESOURCE_CLASS, properties=PROPERTIES,
            addresses=[bare_metal.new_address() for _ in range(2)])
        if name in INSPECTED:
            machine.inspect(bare_metal.make_inventory(
                machine.addresses, cpus=16, memory=65536, disks=3))
        machine.provide()
    cloud.ensure('compute', '/flavors', 'flavor', FLAVOR, id=FLAVOR, ram=128, vcpus=1, disk=1)
    cloud.request('POST', 'compute', f'/flavors/{FLAVOR}/os-extra_specs', {'extra_specs': {
        f'resources:CUSTOM_{RESOURCE_CLASS.upper()}': '1', 'resources:VCPU': '0',
        'resources:MEMORY_MB': '0', 'resources:DISK_GB': '0'}})
