# SPDX-License-Identifier: Apache-2.0
"""Compares the operations that are documented with those that the controllers declare.

Each one that is missing on either side is a warning, by which the build fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from nova_ext.api.controllers import base


class Operation(NamedTuple):
    """A method and a path."""

    method: str
    path: str

    def __str__(self) -> str:
        return f'{self.method} {self.path}'


def differences(
        declared: Collection[Operation], documented: Collection[Operation]) -> Iterator[str]:
    """What is wrong with the documentation, a sentence each."""
    for operation in sorted(set(declared) - set(documented)):
        yield f'{operation} is served and has no rest_method directive in api_ref/source.'
    for operation in sorted(set(documented) - set(declared)):
        yield f'{operation} is documented, and no controller declares it.'


def routes(conf: Any) -> list[base.Route]:
    """The routes of every controller that is installed, enabled or not.

    :param conf: Nova's configuration with the group ``nova_ext``
    """
    import stevedore

    from nova_ext import policy
    from nova_ext.api.controllers import discovery, loader
    from nova_ext.compute import rpcapi

    names = stevedore.ExtensionManager(loader.NAMESPACE).names()
    conf.set_override('enabled_controllers', sorted(names), 'nova_ext')
    controllers = loader.load(
        conf, policy.Policy(conf), rpcapi.ComputeAPI(conf.nova_ext.rpc_timeout))
    return [
        *(route for controller in controllers for route in controller.routes()),
        *discovery.DiscoveryController(()).routes()]


def operation(route: base.Route) -> Operation:
    """The operation that a route is for."""
    from nova_ext.api import router

    return Operation(route.method, router.without_patterns(route.path))


def setup(app: Any) -> dict[str, Any]:
    """Have Sphinx collect and compare, once all pages are read."""
    documented: set[Operation] = set()

    def collect(_: Any, doctree: Any) -> None:
        import os_api_ref

        for node in doctree.findall(os_api_ref.rest_method):
            documented.add(Operation(node['method'], node['url']))

    def compare(_: Any, env: Any) -> None:
        from sphinx.util import logging

        declared = {operation(route) for route in routes(_nova())}
        for sentence in differences(declared, documented):
            logging.getLogger(__name__).warning(sentence)

    app.connect('doctree-read', collect)
    app.connect('env-check-consistency', compare)
    return {'parallel_read_safe': False}


def _nova() -> Any:
    """Nova's configuration at its defaults, with a message bus that goes nowhere."""
    import oslo_messaging
    from nova import conf as nova_conf
    from nova import objects, rpc

    from nova_ext import conf as nova_ext_conf

    conf = nova_conf.CONF
    conf([], project='nova', default_config_files=[], default_config_dirs=[])
    nova_ext_conf.register_opts(conf)
    oslo_messaging.TransportURL.parse(conf)  # registers the option
    conf.set_override('transport_url', 'fake:/')
    objects.register_all()
    rpc.init(conf)
    return conf
