# SPDX-License-Identifier: Apache-2.0
"""``GET /os-hypervisors``: the state of every hypervisor at a constant cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nova.api.openstack.compute import hypervisors as nova_hypervisors
from oslo_config import cfg
from webob import exc

from nova_ext import policy
from nova_ext.api import down_cells, query
from nova_ext.api.adapters.hypervisors import HypervisorAdapter
from nova_ext.api.adapters.stock_hypervisors import StockHypervisorAdapter
from nova_ext.api.controllers import base
from nova_ext.api.hypervisor_filter import HypervisorFilter
from nova_ext.api.schemas import hypervisors as schema
from nova_ext.api.views import down_cells as down_cells_view
from nova_ext.api.views import hypervisors as view
from nova_ext.compute import rpcapi
from nova_ext.db import cells
from nova_ext.db.record import Record
from nova_ext.hosts import maintenance
from nova_ext.hosts.health import HealthCheck
from nova_ext.nova_compat import api as nova_api

#: What Nova's routes for one hypervisor take for an id; not ``detail`` nor ``statistics``.
_ID = '[0-9a-fA-F-]+'


class HypervisorsController(base.Controller):
    """Has Nova's controller answer from a few statements, and adds what Nova leaves out.

    Nova's rules (``os_compute_api:os-hypervisors:...``) decide, before anything is read.
    """

    def __init__(self, conf: cfg.ConfigOpts, authority: policy.Policy,
                 client: rpcapi.ComputeAPI) -> None:
        super().__init__(conf, authority, client)
        self._cells = cells.Cells(conf.nova_ext.cell_timeout)
        self._health = HealthCheck()
        self._nova = nova_hypervisors.HypervisorsController()

    def routes(self) -> Iterable[base.Route]:
        """Lists and one hypervisor, for requests with a nova-ext version."""
        yield base.Route(
            'GET', '/os-hypervisors', schema.LIST_QUERY, self.index,
            extends_nova=True, query_versions=schema.LIST_VERSIONS)
        yield base.Route(
            'GET', '/os-hypervisors/detail', schema.LIST_QUERY, self.detail,
            extends_nova=True, query_versions=schema.LIST_VERSIONS)
        yield base.Route(
            'GET', f'/os-hypervisors/{{hypervisor_id:{_ID}}}', schema.SHOW_QUERY, self.show,
            extends_nova=True)

    def stock_routes(self) -> Iterable[base.StockRoute]:
        """The same and Nova's older lists for requests without, when the operator wants it."""
        if not self._conf.nova_ext.serve_stock_hypervisors:
            return
        for path, action in (
                ('/os-hypervisors', 'index'),
                ('/os-hypervisors/detail', 'detail'),
                (f'/os-hypervisors/{{id:{_ID}}}', 'show'),
                ('/os-hypervisors/{id}/search', 'search'),
                ('/os-hypervisors/{id}/servers', 'servers')):
            yield base.StockRoute('GET', path, self._stock(action))

    def _stock(self, action: str) -> Callable[[dict[str, Any], dict[str, str]], base.WSGIApp]:
        def make(environ: dict[str, Any], path: dict[str, str]) -> base.WSGIApp:
            controller = nova_api.clone_with(self._nova, host_api=StockHypervisorAdapter(
                self._cells, self._nova.host_api))
            return nova_api.resource(controller, action, environ, path)

        return make

    def index(self, request: base.Request) -> dict[str, Any]:
        """List hypervisors.

        :raises webob.exc.HTTPException: as Nova; 503 when the marker may be in a cell that
            does not answer, or Nova is configured to make no list without such a cell
        """
        return self._list(request, lambda controller: controller.index(request.nova))

    def detail(self, request: base.Request) -> dict[str, Any]:
        """List hypervisors in detail.

        :raises webob.exc.HTTPException: as :meth:`index`
        """
        return self._list(request, lambda controller: controller.detail(request.nova))

    def show(self, request: base.Request) -> dict[str, Any]:
        """Show a hypervisor.

        :raises webob.exc.HTTPException: as Nova; 503 when it may be in a cell that does not
            answer
        """
        wanted = request.path['hypervisor_id']
        adapter = HypervisorAdapter(self._cells)
        body = self._ask_nova(adapter, lambda controller: controller.show(request.nova, wanted))
        if adapter.down_cells.keys() & {node.cell for node in adapter.hypervisors}:
            raise exc.HTTPServiceUnavailable(
                explanation=f"Hypervisor with ID '{wanted}' is in a cell that does not answer "
                            f'now: {down_cells.describe(adapter.down_cells)}.')
        every = HypervisorFilter(self._health).matches
        if not self._add(request, adapter, [body['hypervisor']], every):
            raise exc.HTTPNotFound(
                explanation=f"Hypervisor with ID '{wanted}' could not be found.")
        return body

    def _list(
            self, request: base.Request, ask: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        wanted = HypervisorFilter(self._health, request.query)
        adapter = HypervisorAdapter(self._cells, wanted=wanted if request.query else None)
        body = self._ask_nova(adapter, ask)
        down_cells.check(self._conf, adapter.down_cells)
        body['hypervisors'] = self._add(request, adapter, body['hypervisors'], wanted.matches)
        query.add_to_links(body.get('hypervisors_links', ()), request.query)
        down_cells_view.add(body, adapter.down_cells)
        return body

    def _ask_nova(
            self, adapter: HypervisorAdapter,
            ask: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Nova's answer from the adapter, unless a cell that is down makes it a wrong one."""
        try:
            return ask(nova_api.clone_with(self._nova, host_api=adapter))
        except (exc.HTTPBadRequest, exc.HTTPNotFound) as error:
            if adapter.down_cells:
                raise exc.HTTPServiceUnavailable(
                    explanation=f'{error.explanation} It may be in a cell that does not answer '
                                f'now: {down_cells.describe(adapter.down_cells)}.') from error
            raise

    def _add(
            self, request: base.Request, adapter: HypervisorAdapter,
            shown: list[dict[str, Any]],
            matches: Callable[[Record], bool]) -> list[dict[str, Any]]:
        """Add to what Nova shows of the adapter's hypervisors, and leave out unwanted ones."""
        found = ((hypervisor, hypervisor['hypervisor_hostname'].node) for hypervisor in shown)
        # A cell may have answered when it was asked for hypervisors, but not for their servers.
        known = [(hypervisor, node) for hypervisor, node in found
                 if node.cell not in adapter.down_cells]
        for hypervisor, node in known:
            view.add_service(hypervisor, node)
        if not request.has('1.1'):
            return [hypervisor for hypervisor, node in known if not view.missing_records(node)]
        windows = maintenance.get_windows(request.context) if known else {}
        for hypervisor, node in known:
            view.add(hypervisor, node, windows.get(node.host_key),
                     with_reason=request.has('1.2'))
        return [hypervisor for hypervisor, node in known if matches(node)]
