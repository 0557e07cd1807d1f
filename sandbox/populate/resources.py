"""The guest's image, the flavors and the network."""

import pathlib
from typing import Any

from sandbox.populate.api import Cloud

KERNEL_COMMAND_LINE = 'console=ttyS0 quiet'
# name: MiB of memory, virtual CPUs; all have 1 GB of disk
FLAVORS = {'tiny': (128, 1), 'small': (192, 1), 'duo': (160, 2)}


def run(cloud: Cloud, kernel: str, ramdisk: str, disk: str) -> None:
    """Make the guest image from its three files, the flavors and the network."""
    parts = {
        'kernel_id': _image(cloud, 'guest-kernel', 'aki', kernel),
        'ramdisk_id': _image(cloud, 'guest-ramdisk', 'ari', ramdisk),
    }
    _image(cloud, 'guest', 'ami', disk, os_command_line=KERNEL_COMMAND_LINE,
           hw_rng_model='virtio', **parts)
    for name, (memory, cpus) in FLAVORS.items():
        cloud.ensure('compute', '/flavors', 'flavor', name, id=name, ram=memory, vcpus=cpus,
                     disk=1)
    network = cloud.ensure('network', '/v2.0/networks', 'network', 'net0', shared=True)
    # Without DHCP: no agent would serve it, and the ports would never become active.
    cloud.ensure('network', '/v2.0/subnets', 'subnet', 'subnet0', network_id=network['id'],
                 ip_version=4, cidr='10.9.0.0/16', enable_dhcp=False, gateway_ip=None)


def _image(cloud: Cloud, name: str, kind: str, path: str, **properties: Any) -> str:
    return upload(cloud, name, pathlib.Path(path).read_bytes(), container_format=kind,
                  disk_format=kind, **properties)


def upload(cloud: Cloud, name: str, data: bytes, **properties: Any) -> str:
    """Make an image, unless it is there, and return its id."""
    found = cloud.get('image', f'/v2/images?name={name}')['images']
    image = found[0] if found else cloud.request('POST', 'image', '/v2/images', {
        'name': name, 'visibility': 'public', **properties})
    if image['status'] == 'queued':
        cloud.request('PUT', 'image', f'/v2/images/{image["id"]}/file', data=data,
                      headers={'Content-Type': 'application/octet-stream'})
    return str(image['id'])
