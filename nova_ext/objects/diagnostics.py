# SPDX-License-Identifier: Apache-2.0
"""What is known about a server at one moment.

Every field may be None, which means unknown: the compute host could not find out, or runs
without the plugin. No field ever holds a guess.
"""

from __future__ import annotations

from oslo_versionedobjects import base as ovo_base
from oslo_versionedobjects import fields

from nova_ext.objects import base, states


@ovo_base.VersionedObjectRegistry.register
class CpuDiagnostics(base.NovaExtObject):
    """One virtual CPU."""

    # Version 1.0: Initial version
    # Version 1.1: wait and delay
    VERSION = '1.1'

    ADDED = {'1.1': ('wait', 'delay')}

    fields = {
        #: Number of the vCPU, from 0.
        'id': fields.IntegerField(nullable=True),
        #: CPU time in nanoseconds that the vCPU's thread has used in the present QEMU process.
        'time': fields.IntegerField(nullable=True),
        #: Percent (0 to 100) of one host CPU over the last sampling window.
        'utilisation': fields.IntegerField(nullable=True),
        #: Nanoseconds that the vCPU's thread of that process was ready to run and waited, as the
        #: host's scheduler counts them where it keeps statistics (``wait_sum`` with the sysctl
        #: ``kernel.sched_schedstats``).
        'wait': fields.IntegerField(nullable=True),
        #: The same as the host's kernel always counts it (``run_delay``), which is what a guest
        #: sees as steal time.
        'delay': fields.IntegerField(nullable=True),
    }


@ovo_base.VersionedObjectRegistry.register
class NicDiagnostics(base.NovaExtObject):
    """One virtual NIC. Directions are the guest's: rx is what it received."""

    # Version 1.0: Initial version
    # Version 1.1: port_id, network_id and device
    VERSION = '1.1'

    ADDED = {'1.1': ('port_id', 'network_id', 'device')}

    fields = {
        #: The address in the domain's XML, lower case with colons.
        'mac_address': fields.StringField(nullable=True),
        #: Octets received.
        'rx_octets': fields.IntegerField(nullable=True),
        #: Receive errors.
        'rx_errors': fields.IntegerField(nullable=True),
        #: Received packets that were dropped.
        'rx_drop': fields.IntegerField(nullable=True),
        #: Packets received.
        'rx_packets': fields.IntegerField(nullable=True),
        #: Octets received per second over the last sampling window.
        'rx_rate': fields.IntegerField(nullable=True),
        #: Octets sent.
        'tx_octets': fields.IntegerField(nullable=True),
        #: Transmit errors.
        'tx_errors': fields.IntegerField(nullable=True),
        #: Packets to be sent that were dropped.
        'tx_drop': fields.IntegerField(nullable=True),
        #: Packets sent.
        'tx_packets': fields.IntegerField(nullable=True),
        #: Octets sent per second over the last sampling window.
        'tx_rate': fields.IntegerField(nullable=True),
        #: UUID of the network service's port.
        'port_id': fields.StringField(nullable=True),
        #: UUID of the port's network.
        'network_id': fields.StringField(nullable=True),
        #: The host's device that carries the traffic, such as ``tap0b07ff5c-6a``.
        'device': fields.StringField(nullable=True),
    }


@ovo_base.VersionedObjectRegistry.register
class DiskDiagnostics(base.NovaExtObject):
    """One disk, in the order of the domain's XML."""

    # Version 1.0: Initial version
    # Version 1.1: device, bus, volume_id, boot_index; read_time, write_time, flush_requests and
    #              flush_time
    VERSION = '1.1'

    ADDED = {'1.1': (
        'device', 'bus', 'volume_id', 'boot_index', 'read_time', 'write_time', 'flush_requests',
        'flush_time')}

    fields = {
        #: Bytes read.
        'read_bytes': fields.IntegerField(nullable=True),
        #: Read requests.
        'read_requests': fields.IntegerField(nullable=True),
        #: Bytes written.
        'write_bytes': fields.IntegerField(nullable=True),
        #: Write requests.
        'write_requests': fields.IntegerField(nullable=True),
        #: I/O errors. QEMU keeps no such count, so it is None there.
        'errors_count': fields.IntegerField(nullable=True),
        #: The device's name in the domain, such as ``vda``; the guest may call it otherwise.
        'device': fields.StringField(nullable=True),
        #: What it is attached to, such as ``virtio``.
        'bus': fields.StringField(nullable=True),
        #: UUID of the volume; None for a disk that is local to the host.
        'volume_id': fields.StringField(nullable=True),
        #: Its place, from 0, in the order in which the guest is booted from its disks; None when
        #: it is not booted from this one.
        'boot_index': fields.IntegerField(nullable=True),
        #: Nanoseconds that its read requests took, all of them together.
        'read_time': fields.IntegerField(nullable=True),
        #: Nanoseconds that its write requests took.
        'write_time': fields.IntegerField(nullable=True),
        #: Requests to write what is cached to the medium.
        'flush_requests': fields.IntegerField(nullable=True),
        #: Nanoseconds that these took.
        'flush_time': fields.IntegerField(nullable=True),
    }


@ovo_base.VersionedObjectRegistry.register
class MemoryDiagnostics(base.NovaExtObject):
    """The guest's memory."""

    # Version 1.0: Initial version
    VERSION = '1.0'

    fields = {
        #: Memory that the guest was given, in MiB.
        'maximum': fields.IntegerField(nullable=True),
        #: Memory in use by the guest's operating system and applications, in MiB, from its
        #: balloon driver; None when it has none or its figures are out of date.
        'used': fields.IntegerField(nullable=True),
    }


@ovo_base.VersionedObjectRegistry.register
class Diagnostics(base.NovaExtObject):
    """Everything that ``GET /servers/{server_id}/diagnostics`` answers."""

    # Version 1.0: Initial version
    # Version 1.1: state_reason and guest_agent; vCPUs, NICs and disks of version 1.1
    VERSION = '1.1'

    ADDED = {'1.1': ('state_reason', 'guest_agent')}

    #: Which version of a part belongs to which version of this object.
    obj_relationships = {
        'cpu_details': [('1.0', '1.0'), ('1.1', '1.1')],
        'nic_details': [('1.0', '1.0'), ('1.1', '1.1')],
        'disk_details': [('1.0', '1.0'), ('1.1', '1.1')],
        'memory_details': [('1.0', '1.0')],
    }

    fields = {
        #: One of :data:`states.STATES`.
        'state': fields.EnumField(valid_values=states.STATES, nullable=True),
        #: Nova's virtualisation driver, such as ``libvirt``; what else there is, Nova's
        #: HypervisorDriver lists.
        'driver': fields.StringField(nullable=True),
        #: What runs the guest, such as ``kvm`` or ``qemu``: the type of its domain.
        'hypervisor': fields.StringField(nullable=True),
        #: The compute host's operating system, such as ``debian``: ID in its os-release.
        'hypervisor_os': fields.StringField(nullable=True),
        #: Seconds since the guest was last started; None while it does not run.
        'uptime': fields.IntegerField(nullable=True),
        #: Number of vCPUs that are plugged in.
        'num_cpus': fields.IntegerField(nullable=True),
        #: Number of NICs in the domain.
        'num_nics': fields.IntegerField(nullable=True),
        #: Number of disks in the domain, CD-ROM drives included.
        'num_disks': fields.IntegerField(nullable=True),
        #: One entry a vCPU.
        'cpu_details': fields.ListOfObjectsField('NovaExtCpuDiagnostics', nullable=True),
        #: One entry a NIC.
        'nic_details': fields.ListOfObjectsField('NovaExtNicDiagnostics', nullable=True),
        #: One entry a disk.
        'disk_details': fields.ListOfObjectsField('NovaExtDiskDiagnostics', nullable=True),
        #: The guest's memory.
        'memory_details': fields.ObjectField('NovaExtMemoryDiagnostics', nullable=True),
        #: Whether a configuration drive is attached.
        'config_drive': fields.BooleanField(nullable=True),
        #: Why it is in that state, one of :data:`states.REASONS`.
        'state_reason': fields.EnumField(valid_values=states.REASONS, nullable=True),
        #: Whether the guest's agent answers; None without a channel for one, too.
        'guest_agent': fields.BooleanField(nullable=True),
    }

    @classmethod
    def unknown(cls, *, state: str | None = None, driver: str | None = None) -> Diagnostics:
        """An answer in which nothing is known but what is given."""
        return cls(state=state, driver=driver)
