"""A compute host that runs nothing itself: its nova-compute drives a simulated vCenter."""

from sandbox import checks, settings, vcsim
from sandbox.hosts import Host
from sandbox.processes import Service

DRIVER = 'nova_ext.VMwareDriver'


def section(host: Host) -> str:
    """What nova-compute of that host reads about its vCenter, which is on the same host."""
    return '\n'.join((
        '[vmware]',
        f'host_ip = {host.ip}',
        f'host_port = {settings.VCENTER_PORT}',
        f'host_username = {vcsim.USER}',
        f'host_password = {vcsim.PASSWORD}',
        f'cluster_name = {vcsim.CLUSTER}',
        'insecure = true',
    ))


def vcenter(host: Host, user: str | None) -> Service:
    """The simulated vCenter and its only ESXi host; what they store goes with the cloud."""
    return Service(
        'vcsim', host, vcsim.command(f'{host.ip}:{settings.VCENTER_PORT}', machines=0),
        {'TMPDIR': str(settings.LOCAL / 'state/nova')},
        ready=checks.tcp(settings.VCENTER_PORT), user=user)
