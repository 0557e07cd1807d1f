# SPDX-License-Identifier: Apache-2.0
"""Puts the plugin's filter into the pipelines of the API inside the process of Nova's tests."""

from __future__ import annotations

import pathlib
import re
import tempfile
from typing import Any

from tools.nova_tests.inside import uses

_APPLICATION = 'osapi_compute_app_v21'

_SECTION = '''
[filter:nova_ext]
use = egg:nova-ext#nova_ext
'''


def install(
        counter: uses.Uses[str], sources: str, *, serve_stock_hypervisors: bool) -> None:
    """Have every API that Nova's tests start go through the filter.

    :param sources: Nova's unpacked source distribution
    """
    from nova import conf as nova_conf
    from nova.tests.fixtures import conf as conf_fixture

    from nova_ext import conf as nova_ext_conf
    from nova_ext.api import filter as nova_ext_filter
    from nova_ext.api.adapters import hypervisors

    stock = pathlib.Path(sources, 'etc/nova/api-paste.ini').read_text()
    # Until the process ends.
    paste = tempfile.NamedTemporaryFile('w', suffix='.ini')
    paste.write(with_filter(stock))
    paste.flush()
    nova_ext_conf.register_opts(nova_conf.CONF)
    set_up = conf_fixture.ConfFixture.setUp

    def configure(fixture: Any) -> None:
        set_up(fixture)
        fixture.conf.set_default('api_paste_config', paste.name, group='wsgi')
        fixture.conf.set_default(
            'serve_stock_hypervisors', serve_stock_hypervisors, group='nova_ext')

    conf_fixture.ConfFixture.setUp = configure
    _see_faked_mappings()
    uses.count_calls(nova_ext_filter.Filter, '__call__', counter, 'filter')
    uses.count_calls(hypervisors.HypervisorAdapter, '_ask', counter, 'hypervisors')


class _Mappings(dict[str, str]):
    """The cells of hosts by the database and, of other hosts, by what tests fake in Nova."""

    def __init__(self, context: Any, known: dict[str, str]) -> None:
        super().__init__(known)
        self._context = context

    def __contains__(self, host: object) -> bool:
        return self.get(str(host)) is not None

    def get(self, host: str, default: Any = None) -> Any:
        """Return the UUID of a host's cell."""
        from nova import exception, objects

        if super().__contains__(host):
            return self[host]
        try:
            return objects.HostMapping.get_by_host(self._context, host).cell_mapping.uuid
        except exception.HostMappingNotFound:
            return default


def _see_faked_mappings() -> None:
    """Have every host be mapped to the one cell where tests fake that in Nova's objects."""
    from nova_ext.db import host_mappings

    module: Any = host_mappings
    get_all = module.get_all
    module.get_all = lambda context: _Mappings(context, get_all(context))


def with_filter(paste: str) -> str:
    """Return Nova's paste file with the filter last before the application.

    :raises ValueError: no pipeline ends with the application
    """
    changed, number = re.subn(
        rf'(?m)^(\w+ *=.*) {_APPLICATION}$', rf'\1 nova_ext {_APPLICATION}', paste)
    if not number:
        raise ValueError(f'no pipeline ends with {_APPLICATION}')
    return changed + _SECTION
