# SPDX-License-Identifier: Apache-2.0
"""What Tempest asks of a plugin."""

from __future__ import annotations

import pathlib
from typing import Any

from oslo_config import cfg
from tempest import config
from tempest.test_discover import plugins

from nova_ext.tempest_plugin import config as nova_ext_config


class NovaExtTempestPlugin(plugins.TempestPlugin):
    """Where the tests, the options and the clients are."""

    def load_tests(self) -> tuple[str, str]:
        """The folder of the tests, and the one from which they are imported."""
        here = pathlib.Path(__file__).resolve().parent
        return str(here / 'tests'), str(here.parents[1])

    def register_opts(self, conf: cfg.ConfigOpts) -> None:
        """Make the options known."""
        conf.register_opt(nova_ext_config.service_option, group='service_available')
        conf.register_group(nova_ext_config.group)
        conf.register_opts(nova_ext_config.opts, group=nova_ext_config.group)

    def get_opt_lists(self) -> list[tuple[str, list[cfg.Opt]]]:
        """The options, for a sample of tempest.conf."""
        return [
            ('service_available', [nova_ext_config.service_option]),
            (nova_ext_config.group.name, nova_ext_config.opts),
        ]

    def get_service_clients(self) -> list[dict[str, Any]]:
        """The clients, which every client manager then has as ``nova_ext_v1``.

        nova-ext answers at Nova's endpoint, so that they are configured as Nova's.
        """
        return [{
            'name': 'nova_ext_v1',
            'service_version': 'nova_ext.v1',
            'module_path': 'nova_ext.tempest_plugin.services',
            'client_names': [
                'ConsoleLogClient', 'DiagnosticsClient', 'DiscoveryClient',
                'HostDiagnosticsClient', 'HypervisorsClient', 'ServersClient'],
            **config.service_client_config('compute'),
        }]
