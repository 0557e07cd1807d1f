# SPDX-License-Identifier: Apache-2.0
"""Nova's libvirt driver: what happens to a guest that moves to another host."""

from __future__ import annotations

from nova_ext.nova_compat.internals import Internal

INTERNALS = (
    # Moves: where a guest's consoles are made fit, and when its history can be sent.
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._live_migration_operation',
             ('self', 'context', 'instance', 'dest', 'block_migration', 'migrate_data', 'guest'),
             source=('self._verify_serial_console_is_disabled()',)),
    Internal('nova.virt.libvirt.migration', 'get_updated_guest_xml', source=(
        'guest.get_xml_desc(dump_migratable=True)',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.post_live_migration',
             ('self', 'context', 'instance', 'block_device_info', 'migrate_data')),
    Internal('nova.compute.manager', 'ComputeManager._post_live_migration', source=(
        'self.driver.post_live_migration(', 'self.driver.cleanup(')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.check_can_live_migrate_destination',
             ('self', 'context', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.pre_live_migration',
             ('self', 'context', 'instance', 'block_device_info', 'network_info', 'disk_info',
              'migrate_data'), source=(
                 'migrate_data.serial_listen_ports',
                 'self._ensure_console_log_for_instance(instance)')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.post_live_migration_at_destination',
             ('self', 'context', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.rollback_live_migration_at_destination',
             ('self', 'context', 'instance'), source=('serial_console.release_port(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.migrate_disk_and_power_off',
             ('self', 'context', 'instance', 'dest'), source=('"_resize"',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.destroy', source=(
        'self._destroy(instance)', 'self.cleanup(context, instance,')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.cleanup',
             ('self', 'context', 'instance')),
    # In the cell that a server leaves for another, its record stays as the first leaves it.
    Internal('nova.compute.manager', 'ComputeManager._prep_snapshot_based_resize_at_source',
             source=('self.driver.destroy(', 'task_states.RESIZE_MIGRATED')),
    Internal('nova.compute.manager', 'ComputeManager._confirm_snapshot_based_resize_at_source',
             source=('self.driver.cleanup(',)),
    Internal('nova.compute.task_states', 'RESIZE_MIGRATED'),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.confirm_migration',
             ('self', 'context', 'migration', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.delete_instance_files',
             ('self', 'instance')),
    Internal('nova.objects.migration', 'MigrationList.get_by_filters'),
    Internal('nova.objects.migration', 'Migration', source=("'cross_cell_move'",)),
    Internal('nova.compute.task_states', 'RESIZE_REVERTING'),
    Internal('nova.virt.libvirt.utils', 'copy_image', ('src', 'dest', 'host')),
    Internal('nova.console.serial', 'release_port', ('host', 'port')),
    Internal('nova.privsep', 'sys_admin_pctxt'),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.suspend',
             ('self', 'context', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.live_migration',
             ('self', 'context', 'instance')),
)
