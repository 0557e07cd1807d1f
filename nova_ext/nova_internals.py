# SPDX-License-Identifier: Apache-2.0
"""Everything of Nova's that is no public interface and that nova-ext leans on.

Each entry was read in Nova 26, 29, 31, 33 and 34. :func:`moved` tells what is different in the
Nova that is installed; a test per release fails when it is anything.
"""

from __future__ import annotations

import dataclasses
import inspect

from oslo_utils import importutils


@dataclasses.dataclass(frozen=True)
class Internal:
    """One thing of Nova's."""

    #: Dotted path of the module.
    module: str
    #: Attribute of the module, with dots where it is inside a class.
    name: str
    #: Parameters that are passed by these names or relied on in this order.
    parameters: tuple[str, ...] = ()
    #: Text that the source must hold, where the name alone tells too little.
    source: tuple[str, ...] = ()


INTERNALS = (
    # The API: where the filter sits, how requests and refusals look.
    Internal('nova.api.openstack.wsgi', 'Request.set_api_version_request', ('self',)),
    Internal('nova.api.openstack.wsgi', 'Fault.__init__', ('self', 'exception')),
    Internal('nova.api.openstack.wsgi', 'ResourceExceptionHandler'),
    Internal('nova.api.openstack.wsgi', 'ENV_LEGACY_V2'),
    Internal('nova.api.auth', 'NovaKeystoneContext', source=("'nova.context'",)),
    Internal('nova.compute.api', 'API._get_instance',
             ('self', 'context', 'instance_uuid', 'expected_attrs'),
             source=('raise exception.InstanceNotFound',)),
    Internal('nova.compute.api', 'API._get_instance_from_cell',
             source=('set_target_cell(context', 'raise exception.NovaException(')),
    Internal('nova.objects.service', 'Service.get_by_compute_host'),
    Internal('nova.servicegroup', 'API'),
    Internal('nova.servicegroup.api', 'API.service_is_up', ('self', 'member')),
    Internal('nova.policies', 'list_rules', source=('servers.list_rules()',)),
    # Nova's own controllers, lent our sources of data.
    Internal('nova.api.openstack.wsgi', 'Resource', source=("'wsgiorg.routing_args'",)),
    Internal('nova.api.openstack.wsgi', 'expected_errors'),
    Internal('nova.api.openstack.compute.hypervisors', 'HypervisorsController', source=(
        'self.host_api = ', 'self.host_api.compute_node_get_all(',
        'self.host_api.compute_node_search_by_hypervisor(', 'self.host_api.compute_node_get(',
        'self.host_api.service_get_by_compute_host(',
        'self.host_api.instance_get_all_by_host(', 'self.host_api.get_host_uptime(')),
    Internal('nova.api.openstack.compute.hypervisors', 'HypervisorsController._view_hypervisor',
             source=('self.servicegroup_api.service_is_up(service)', "'disabled_reason'")),
    Internal('nova.api.openstack.compute.servers', 'ServersController.__init__', source=(
        'self.compute_api = ',)),
    Internal('nova.api.openstack.compute.servers', 'ServersController._get_servers', source=(
        'self.compute_api.get_all(', 'self._view_builder.detail(', "'services'")),
    Internal('nova.api.openstack.compute.servers', 'ServersController._get_server', source=(
        'common.get_instance(self.compute_api, context,',)),
    Internal('nova.api.openstack.compute.views.servers', 'ViewBuilder', source=(
        'self.compute_api.get_instance_host_status(',
        'self.compute_api.get_instances_host_statuses(',
        "'display_name' not in instance")),
    Internal('nova.compute.api', 'API.get',
             ('self', 'context', 'instance_id', 'expected_attrs', 'cell_down_support')),
    Internal('nova.compute.api', 'API.get_all',
             ('self', 'context', 'search_opts', 'limit', 'marker', 'expected_attrs',
              'sort_keys', 'sort_dirs', 'cell_down_support', 'all_tenants'),
             source=('if cell_down_support:',
                     'self._generate_minimal_construct_for_down_cells(')),
    Internal('nova.compute.api', 'API._generate_minimal_construct_for_down_cells',
             ('self', 'context', 'down_cell_uuids', 'project', 'limit')),
    Internal('nova.compute.multi_cell_list', 'CrossCellLister.get_records_sorted', source=(
        'not CONF.api.list_records_by_skipping_down_cells and', 'raise exception.NovaException(')),
    Internal('nova.compute.api', 'HostAPI.compute_node_get_all',
             ('self', 'context', 'limit', 'marker')),
    Internal('nova.compute.api', 'HostAPI.compute_node_search_by_hypervisor',
             ('self', 'context', 'hypervisor_match')),
    Internal('nova.compute.api', 'HostAPI.compute_node_get', ('self', 'context', 'compute_id')),
    Internal('nova.compute.api', 'HostAPI.service_get_by_compute_host',
             ('self', 'context', 'host_name')),
    Internal('nova.compute.api', 'HostAPI.instance_get_all_by_host',
             ('self', 'context', 'host_name')),
    Internal('nova.compute.api', 'HostAPI.get_host_uptime', ('self', 'context', 'host_name')),
    # What its rules look at: the project of one server, or the caller of a list.
    Internal('nova.api.openstack.compute.views.servers',
             'ViewBuilder._get_host_status_unknown_only', source=(
                 "target = {'project_id': instance.project_id}",)),
    Internal('nova.policy', 'default_target', source=(
        "{'project_id': context.project_id, 'user_id': context.user_id}",)),
    Internal('nova.api.openstack.compute.server_diagnostics', 'ServerDiagnosticsController.index',
             source=("target={'project_id': instance.project_id}",)),
    # The databases, and the cells that they belong to.
    Internal('nova.context', 'load_cells', source=('global CELLS',)),
    Internal('nova.context', 'target_cell', ('context', 'cell_mapping')),
    Internal('nova.context', 'set_target_cell', source=('context.cell_uuid = ',)),
    Internal('nova.db.main.api', 'get_context_manager', ('context',)),
    Internal('nova.db.api.api', 'context_manager'),
    Internal('nova.db.main.api', '_exact_instance_filter', source=(
        'isinstance(value, (list,', 'column_attr.in_(value)')),
    Internal('nova.db.main.api', 'instance_get_all_by_filters_sort', source=(
        'copy.deepcopy(filters)', "'host'")),
    Internal('nova.objects.build_request', 'BuildRequestList._pass_exact_filters', source=(
        'isinstance(filter_val, (list,',)),
    Internal('nova.db.main.models', 'Service'),
    Internal('nova.db.main.models', 'ComputeNode'),
    Internal('nova.db.main.models', 'Instance'),
    Internal('nova.db.api.models', 'HostMapping'),
    Internal('nova.db.api.models', 'CellMapping'),
    Internal('nova.db.api.models', 'AggregateHost'),
    Internal('nova.db.api.models', 'AggregateMetadata'),
    # RPC: the server that the endpoint joins, and Nova's own call for hosts without the plugin.
    Internal('nova.rpc', 'ClientRouter.client', ('self', 'context')),
    Internal('nova.rpc', 'get_client', ('target', 'version_cap', 'serializer')),
    Internal('nova.compute.rpcapi', 'RPC_TOPIC'),
    Internal('nova.compute.rpcapi', 'ComputeAPI', source=('self.router',)),
    Internal('nova.compute.rpcapi', 'ComputeAPI.get_instance_diagnostics',
             ('self', 'ctxt', 'instance'), source=("'5.0'", "'get_instance_diagnostics'")),
    Internal('nova.manager', 'Manager', source=('self.additional_endpoints = []',)),
    Internal('nova.compute.manager', 'ComputeVirtAPI', source=('self._compute',)),
    # The driver: what the mixin overrides and what it finds there.
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.__init__', ('self', 'virtapi'),
             source=('self._host',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.init_host', ('self', 'host')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.cleanup_host', ('self', 'host')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_available_resource',
             ('self', 'nodename')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_host_uptime', ('self',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_diagnostics', ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_instance_diagnostics',
             ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_consoles',
             ('self', 'guest_cfg', 'instance', 'flavor', 'image_meta')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_consoles_qemu_kvm', source=(
        'self._serial_ports_already_defined(instance)',
        'self._check_number_of_serial_console(num_ports)')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_consoles_s390x', source=(
        'self._serial_ports_already_defined(instance)',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._serial_ports_already_defined',
             ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._check_number_of_serial_console',
             ('self', 'num_ports')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_serial_consoles',
             ('self', 'guest_cfg', 'num_ports', 'char_dev_cls', 'log_path'), source=(
                 'console.port = port', 'console.type = "tcp"',
                 'console.listen_host = CONF.serial_console.proxyclient_address',
                 'console.listen_port = listen_port', 'console.log = log')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_pty_device',
             ('self', 'guest_cfg', 'char_dev_cls', 'target_type', 'log_path')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._is_s390x_guest', ('self', 'image_meta')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._get_serial_ports_from_guest',
             ('self', 'guest', 'mode')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._get_console_log_path', ('instance',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._ensure_console_log_for_instance',
             ('self', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._create_guest',
             ('self', 'context', 'xml', 'instance'), source=('guest.launch(',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.get_console_output',
             ('self', 'context', 'instance')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.rescue', ('self', 'context', 'instance'),
             source=('self._destroy(instance)',)),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver.unrescue', ('self', 'context', 'instance'),
             source=("'unrescue.xml'", 'self._destroy(instance)')),
    Internal('nova.virt.libvirt.driver', 'LibvirtDriver._destroy', ('self', 'instance'), source=(
        'self._get_serial_ports_from_guest(guest)', 'serial_console.release_port(')),
    Internal('nova.virt.libvirt.driver', 'MAX_CONSOLE_BYTES'),
    Internal('nova.virt.libvirt.config', 'LibvirtConfigGuestCharDeviceLog', source=(
        'self.append = ',)),
    Internal('nova.virt.libvirt.utils', 'get_instance_path', ('instance',)),
    Internal('nova.console.serial', 'acquire_port', ('host',), source=(
        'ALLOCATED_PORTS.add((host, port))',)),
    Internal('nova.console.serial', 'ALLOCATED_PORTS'),
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


def moved() -> list[str]:
    """What is not as nova-ext expects it in the Nova that is installed, a sentence each."""
    return [complaint for internal in INTERNALS for complaint in _complaints(internal)]


def _complaints(internal: Internal) -> list[str]:
    path = f'{internal.module}.{internal.name}'
    try:
        found = importutils.import_module(internal.module)
        for name in internal.name.split('.'):
            found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        return [f'{path} is gone: {error}.']
    complaints = []
    if internal.parameters:
        present = tuple(inspect.signature(inspect.unwrap(found)).parameters)
        if present[:len(internal.parameters)] != internal.parameters:
            complaints.append(f'{path} takes {present}, not {internal.parameters} first.')
    if internal.source:
        text = inspect.getsource(inspect.unwrap(found))
        complaints.extend(
            f'{path} does not hold {fragment!r} any more.'
            for fragment in internal.source if fragment not in text)
    return complaints


if __name__ == '__main__':
    import sys

    complaints = moved()
    print('\n'.join(complaints) or f'All {len(INTERNALS)} internals of Nova are as expected.')
    sys.exit(1 if complaints else 0)
