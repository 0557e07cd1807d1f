# SPDX-License-Identifier: Apache-2.0
"""Nova's libvirt driver: the domain's metadata, and after what it changes."""

from __future__ import annotations

from typing import Any

from nova_ext.nova_compat.internals import Internal

INTERNALS = (
    # The domain's metadata: what Nova makes of it, and after what it changes.
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._get_guest_config',
             ('self', 'instance', 'network_info'), source=('guest.metadata.append(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._get_guest_config_meta', source=(
        'vconfig.LibvirtConfigGuestMetaNovaInstance()',)),
    Internal('nova.virt.libvirt.config', 'LibvirtConfigGuest.format_dom'),
    Internal('nova.virt.libvirt.config', 'LibvirtConfigGuestMetaNovaInstance', source=(
        'self.name = ', 'self.creationTime = ', 'time.gmtime(self.creationTime)',
        'self.roottype = ', 'self.rootid = ')),
    Internal('nova.virt.libvirt.guest', 'Guest.set_metadata', source=(
        '"instance"', 'vconfig.NOVA_NS')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_guest_with_network',
             ('self', 'context', 'xml', 'instance'), source=('self._create_guest(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.spawn', source=(
        'self._create_guest_with_network(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._hard_reboot', source=(
        'self._create_guest_with_network(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.resume', source=(
        'self._create_guest_with_network(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.finish_migration', source=(
        'self._create_guest_with_network(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.finish_revert_migration', source=(
        'self._create_guest_with_network(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.reboot',
             ('self', 'context', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.power_off', ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.attach_interface',
             ('self', 'context', 'instance', 'image_meta', 'vif')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.detach_interface',
             ('self', 'context', 'instance', 'vif')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.attach_volume',
             ('self', 'context', 'connection_info', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.detach_volume',
             ('self', 'context', 'connection_info', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.swap_volume',
             ('self', 'context', 'old_connection_info', 'new_connection_info', 'instance')),
    Internal('nova.compute.manager', 'ComputeManager._unshelve_instance', source=(
        'instance.image_ref = shelved_image_ref',)),
    Internal('nova.compute.task_states', 'MIGRATING'),
    Internal('nova.objects.instance', 'Instance.get_by_uuid'),
    Internal('nova.objects.instance', 'InstanceList.get_by_host'),
    Internal('nova.objects.block_device', 'BlockDeviceMappingList.get_by_instance_uuid'),
    Internal('nova.objects.block_device', 'BlockDeviceMappingList.bdms_by_instance_uuid'),
    Internal('nova.objects.instance_mapping', 'InstanceMapping.get_by_instance_uuid'),
    Internal('nova.virt.libvirt.host', 'Host', source=(
        'self._connect(self._uri, self._read_only)',)),
    Internal('nova.virt.libvirt.guest', 'Guest.get_xml_desc', ('self',)),
)


def make_block(driver: Any, instance: Any, vifs: Any) -> Any:
    """Nova's configuration object of its own block of metadata.

    :param driver: nova.virt.libvirt.driver.LibvirtDriver
    :param instance: nova.objects.Instance
    :param vifs: its ports, nova.network.model.VIF each
    """
    if hasattr(driver, 'get_instance_driver_metadata'):  # Nova 31 and later
        return driver._get_guest_config_meta(driver.get_instance_driver_metadata(instance, vifs))
    return driver._get_guest_config_meta(instance, vifs)
