# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check``: whether this host is ready for nova-ext.

Run with the configuration of the host's nova-api or nova-compute. It ends with 0 when all is
well, 1 when something deserves a look and 2 when something does not work; 255 when it could not
be found out.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import sys
from collections.abc import Callable, Iterable, Iterator

from nova import conf as nova_conf
from oslo_upgradecheck import upgradecheck

from nova_ext import conf as nova_ext_conf
from nova_ext import exception, findings
from nova_ext.cmd import deployment, pipes
from nova_ext.virt.libvirt.console import requirements, virtlogd

_CODES = {
    logging.INFO: upgradecheck.Code.SUCCESS,
    logging.WARNING: upgradecheck.Code.WARNING,
    logging.ERROR: upgradecheck.Code.FAILURE,
}

#: Seconds to wait for libvirt.
_LIBVIRT_TIMEOUT = 10.0

CONF = nova_conf.CONF


class Checks(upgradecheck.UpgradeCommands):
    """What is looked at; each finding that is not well names its remedy."""

    def _nova(self) -> upgradecheck.Result:
        """Nova's release, and what nova-ext relies on in it."""
        return _result(deployment.release)

    def _driver(self) -> upgradecheck.Result:
        """[DEFAULT] compute_driver."""
        return _result(lambda: deployment.driver(CONF))

    def _api(self) -> upgradecheck.Result:
        """The paste file."""
        return _result(lambda: deployment.api(CONF))

    def _policy(self) -> upgradecheck.Result:
        """The policy file."""
        return _result(lambda: deployment.rules(CONF))

    def _libvirt(self) -> upgradecheck.Result:
        """The versions of libvirt and QEMU."""
        return _result(_of_libvirt)

    def _virtlogd(self) -> upgradecheck.Result:
        """virtlogd, and libvirt's use of it."""
        return _result(lambda: requirements.of_virtlogd(virtlogd.read) if _runs_guests() else ())

    def _directory(self) -> upgradecheck.Result:
        """[nova_ext] console_log_directory, and who else rotates the logs."""
        return _result(lambda: itertools.chain(
            requirements.directory(CONF),
            requirements.rotation(CONF, virtlogd.read)) if _runs_guests() else ())

    _upgrade_checks = (
        ('Nova', _nova),
        ('Compute driver', _driver),
        ('Filter of the API', _api),
        ('Policy file', _policy),
        ('libvirt and QEMU', _libvirt),
        ('virtlogd', _virtlogd),
        ('Directory of the console logs', _directory),
    )


def _runs_guests() -> bool:
    """Whether this is a compute host with libvirt."""
    return str(CONF.compute_driver).endswith('LibvirtDriver')


def _of_libvirt() -> Iterator[findings.Finding]:
    if not _runs_guests():
        return
    import libvirt

    from nova_ext.virt.libvirt import queries

    uri = CONF.libvirt.connection_uri or 'qemu:///system'
    try:
        yield from queries.Queries(
            lambda: libvirt.openReadOnly(uri), _LIBVIRT_TIMEOUT).ask_libvirt(
                lambda connection: list(requirements.versions(connection)))
    except exception.NotResponding as error:
        yield findings.error(
            f'libvirt does not answer at {uri} ({error}). Run this on a compute host, where '
            'libvirtd or virtqemud runs.')


def _result(look: Callable[[], Iterable[findings.Finding]]) -> upgradecheck.Result:
    """Several findings as one result, as bad as the worst of them, which come first."""
    try:
        found = sorted(look(), key=lambda finding: -finding.level)
    except PermissionError as error:
        found = [findings.warning(
            f'{error.filename} cannot be read, so it is not known. Run this as root.')]
    except Exception as error:
        found = [findings.error(f'{type(error).__name__}: {error}')]
    return upgradecheck.Result(
        _CODES[found[0].level] if found else upgradecheck.Code.SUCCESS,
        '; '.join(finding.text.rstrip('.') for finding in found)
        or 'Nothing to look at on this host')


def main() -> int:
    """Run the command."""
    return pipes.run(_check)


def _check() -> int:
    """Print the result of all checks, at once: the library reports a closed pipe as a failure."""
    nova_ext_conf.register_opts(CONF)
    with contextlib.redirect_stdout(io.StringIO()) as output:
        status = int(upgradecheck.main(CONF, 'nova', Checks(), sys.argv[1:]))
    print(output.getvalue(), end='')
    return status


if __name__ == '__main__':
    sys.exit(main())
