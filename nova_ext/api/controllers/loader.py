# SPDX-License-Identifier: Apache-2.0
"""Loading the controllers that the operator enabled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from oslo_config import cfg
from oslo_log import log as logging
from stevedore import named

from nova_ext import exception, policy
from nova_ext.api.controllers import base
from nova_ext.compute import rpcapi

LOG = logging.getLogger(__name__)

NAMESPACE = 'nova_ext.api.controllers'


def load(conf: cfg.ConfigOpts, authority: policy.Policy,
         client: rpcapi.ComputeAPI) -> list[base.Controller]:
    """The controllers named in ``[nova_ext] enabled_controllers``, in that order.

    :param conf: Nova's configuration with the group ``nova_ext``
    :param authority: decides what their callers may do
    :param client: asks compute hosts for them
    :raises nova_ext.exception.ControllerNotFound: a name is not installed or does not load
    """
    names = conf.nova_ext.enabled_controllers
    manager: named.NamedExtensionManager[base.Controller] = named.NamedExtensionManager(
        namespace=NAMESPACE, names=names, name_order=True, invoke_on_load=True,
        invoke_args=(conf, authority, client), on_load_failure_callback=_does_not_load,
        on_missing_entrypoints_callback=_not_installed)
    LOG.info('API controllers: %s', ', '.join(manager.names()) or 'none')
    return [extension.obj for extension in manager if extension.obj is not None]


def _not_installed(names: Iterable[str]) -> NoReturn:
    _stop(f"[nova_ext] enabled_controllers names {', '.join(sorted(names))}, which no entry "
          f"point of the group {NAMESPACE} provides. Correct the name or install what provides "
          "it.")


def _does_not_load(manager: Any, entry_point: Any, error: BaseException) -> NoReturn:
    _stop(f"The controller {entry_point.name} in [nova_ext] enabled_controllers does not load: "
          f"{type(error).__name__}: {error}")


def _stop(message: str) -> NoReturn:
    LOG.critical(message)
    raise exception.ControllerNotFound(message)
