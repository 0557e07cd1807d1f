# SPDX-License-Identifier: Apache-2.0
"""nova-api: requests, Nova's own controllers, and the compute API that they ask."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from nova import exception as nova_exception
from nova import utils as nova_utils
from nova.api.openstack import common, wsgi

from nova_ext.nova_compat.internals import Internal

#: Where Nova notes in a request's environment that /v2 strips microversions.
LEGACY_V2: str = wsgi.ENV_LEGACY_V2

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
             source=('set_target_cell(context', 'raise exception.NovaException(',
                     'objects.Instance.get_by_uuid')),
    Internal('nova.context', 'RequestContext.read_deleted'),
    Internal('nova.context', 'scatter_gather_cells', source=('target_cell(context',)),
    Internal('nova.db.main.api', '_build_instance_get', source=('project_only=True',)),
    Internal('nova.db.main.api', 'model_query', source=('read_deleted = context.read_deleted',)),
    Internal('nova.utils', 'temporary_mutation', ('obj',)),
    Internal('nova.objects.service', 'Service.get_by_compute_host'),
    Internal('nova.servicegroup', 'API'),
    Internal('nova.servicegroup.api', 'API.service_is_up', ('self', 'member')),
    Internal('nova.policies', 'list_rules', source=('servers.list_rules()',)),
    Internal('nova.policies.console_output', 'BASE_POLICY_NAME'),
    Internal('nova.exception', 'ConsoleNotAvailable'),
    Internal('nova.exception', 'ServiceUnavailable'),
    # Nova's own controllers, run over our adapters.
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
    Internal('nova.api.openstack.common', 'ViewBuilder._get_next_link',
             ('self', 'request', 'identifier', 'collection_name'),
             source=('params["marker"] = identifier',)),
    # What its rules look at: the project of one server, or the caller of a list.
    Internal('nova.api.openstack.compute.views.servers',
             'ViewBuilder._get_host_status_unknown_only', source=(
                 "target = {'project_id': instance.project_id}",)),
    Internal('nova.policy', 'default_target', source=(
        "{'project_id': context.project_id, 'user_id': context.user_id}",)),
    Internal('nova.api.openstack.compute.server_diagnostics', 'ServerDiagnosticsController.index',
             source=("target={'project_id': instance.project_id}",)),
)


def clone_with(original: Any, **parts: Any) -> Any:
    """A copy of one of Nova's objects with some of its attributes replaced.

    The original stays as it is: requests are served side by side.
    """
    clone = copy.copy(original)
    for name, part in parts.items():
        setattr(clone, name, part)
    return clone


def servers_controller_with(controller: Any, compute_api: Any) -> Any:
    """A copy of Nova's ServersController, and of its view, that asks ``compute_api``."""
    return clone_with(
        controller, compute_api=compute_api,
        _view_builder=clone_with(controller._view_builder, compute_api=compute_api))


def resource(
        controller: Any, action: str, environ: dict[str, Any],
        path: dict[str, str]) -> Callable[..., Any]:
    """What answers a request with an action of one of Nova's controllers, as Nova's router does.

    :param environ: the request's WSGI environment, to which the action is added
    :param path: the variables of the path, under Nova's names
    """
    environ['wsgiorg.routing_args'] = (
        (), {'controller': controller, 'action': action, **path})
    app: Callable[..., Any] = wsgi.Resource(controller)
    return app


def next_link(request: Any, collection: str, marker: str) -> dict[str, str]:
    """A link to the next page of a list, as Nova makes it of its options and of the request.

    :param request: nova.api.openstack.wsgi.Request
    :param collection: path of the list below the endpoint
    """
    href = common.ViewBuilder()._get_next_link(request, marker, collection)
    return {'rel': 'next', 'href': href}


def get_instance(compute_api: Any, context: Any, instance_uuid: str) -> Any:
    """A server without its metadata and network; ``context`` is targeted at its cell from here.

    :param compute_api: nova.compute.api.API
    :returns: nova.objects.Instance
    :raises nova.exception.InstanceNotFound: there is none
    :raises nova.exception.NovaException: as :func:`is_cell_down` tells, its cell is down
    """
    return compute_api._get_instance(context, instance_uuid, expected_attrs=[])


def get_deleted_instance(compute_api: Any, context: Any, instance_uuid: str) -> Any:
    """As :func:`get_instance`, of a server that is deleted and neither archived nor purged.

    One of another project is found for administrators alone.
    """
    with nova_utils.temporary_mutation(context, read_deleted='yes'):
        return get_instance(compute_api, context, instance_uuid)


def is_cell_down(error: Exception) -> bool:
    """Whether Nova raised an error because a cell does not answer: the bare class, then."""
    return type(error) is nova_exception.NovaException


def get_servers_of_down_cells(
        compute_api: Any, context: Any, cell_uuids: list[str], project: str | None,
        limit: int | None) -> Any:
    """What the API database knows of the servers in some cells: nova.objects.InstanceList."""
    return compute_api._generate_minimal_construct_for_down_cells(
        context, cell_uuids, project, limit)


def compute_api_with_down_cells(compute_api: Any, get_servers: Callable[..., Any]) -> Any:
    """A copy of Nova's compute API that gets the servers of cells that are down elsewhere.

    :param get_servers: takes and returns what :func:`get_servers_of_down_cells` does, but for
        the compute API
    """
    return clone_with(compute_api, _generate_minimal_construct_for_down_cells=get_servers)
