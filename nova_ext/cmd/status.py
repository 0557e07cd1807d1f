# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check``: whether this host is ready for nova-ext.

Run on a compute host, with the configuration of its nova-compute. It ends with 0 when all is
well, 1 when something deserves a look and 2 when something will not work; 255 when it could not
be found out.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable

import libvirt
from nova import conf as nova_conf
from oslo_upgradecheck import upgradecheck

from nova_ext import conf as nova_ext_conf
from nova_ext.virt.libvirt.console import requirements, virtlogd

_CODES = {
    logging.INFO: upgradecheck.Code.SUCCESS,
    logging.WARNING: upgradecheck.Code.WARNING,
    logging.ERROR: upgradecheck.Code.FAILURE,
}


class Checks(upgradecheck.UpgradeCommands):
    """What is looked at; each finding that is not well names its cure."""

    def _libvirt(self) -> upgradecheck.Result:
        """The versions of libvirt and QEMU."""
        uri = nova_conf.CONF.libvirt.connection_uri or 'qemu:///system'
        try:
            connection = libvirt.openReadOnly(uri)
        except libvirt.libvirtError as error:
            return upgradecheck.Result(
                upgradecheck.Code.FAILURE,
                f'libvirt does not answer at {uri} ({error}). Run this on a compute host, where '
                'libvirtd or virtqemud runs.')
        try:
            return _result(requirements.versions(connection))
        finally:
            connection.close()

    def _virtlogd(self) -> upgradecheck.Result:
        """virtlogd, and libvirt's use of it."""
        try:
            return _result(requirements.of_virtlogd(virtlogd.read))
        except PermissionError as error:
            return upgradecheck.Result(
                upgradecheck.Code.WARNING,
                f'{error.filename} cannot be read, so it is not known how virtlogd is used. Run '
                'this as root.')

    def _directory(self) -> upgradecheck.Result:
        """[nova_ext] console_log_directory."""
        return _result(requirements.directory(nova_conf.CONF))

    _upgrade_checks = (
        ('libvirt and QEMU', _libvirt),
        ('virtlogd', _virtlogd),
        ('Directory of the console logs', _directory),
    )


def _result(findings: Iterable[requirements.Finding]) -> upgradecheck.Result:
    """Several findings as one result, as bad as the worst of them."""
    found = sorted(findings, reverse=True)
    return upgradecheck.Result(
        _CODES[found[0].level] if found else upgradecheck.Code.SUCCESS,
        '; '.join(finding.text for finding in found) or None)


def main() -> int:
    """Run the command."""
    conf = nova_conf.CONF
    nova_ext_conf.register_opts(conf)
    return int(upgradecheck.main(conf, 'nova', Checks(), sys.argv[1:]))
