"""Open vSwitch, one for each host."""

from sandbox import checks
from sandbox.hosts import Host
from sandbox.processes import Service

SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
SOCKET = '/run/openvswitch/db.sock'


def ovsdb(host: Host) -> Service:
    """The configuration database of Open vSwitch."""
    database = f'{host.directory}/ovs.db'
    script = (f'[ -e {database} ] || ovsdb-tool create {database} {SCHEMA}; '
              f'exec ovsdb-server {database} --remote=punix:{SOCKET} '
              '--remote=ptcp:6640:127.0.0.1 --pidfile')
    return Service('ovsdb', host, ['sh', '-c', script], ready=checks.unix_socket(SOCKET))


def vswitchd(host: Host) -> Service:
    """The switch, in user space."""
    return Service('ovs-vswitchd', host, [
        'sh', '-c', f'ovs-vsctl --no-wait init; exec ovs-vswitchd unix:{SOCKET} --pidfile'])
