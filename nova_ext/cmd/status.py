# SPDX-License-Identifier: Apache-2.0
"""``nova-ext-status upgrade check``: whether this host is ready for nova-ext.

It reads what each of Nova's services on this host reads. It ends with 0 when all is well, 1 when
something deserves a look or cannot be known, and 2 when something does not work; 255 when it could
not be found out.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from nova import conf as nova_conf
from oslo_upgradecheck import upgradecheck

from nova_ext import conf as nova_ext_conf
from nova_ext import exception, findings
from nova_ext.cmd import closed_pipes, deployment
from nova_ext.cmd.checks import api, command_line, driver, installation, loaded, rules, services
from nova_ext.cmd.services import host, reading
from nova_ext.cmd.services.command import COMPUTE
from nova_ext.cmd.services.tree import Tree
from nova_ext.virt.libvirt.console import requirements, virtlogd

_CODES = {
    logging.INFO: upgradecheck.Code.SUCCESS,
    logging.WARNING: upgradecheck.Code.WARNING,
    logging.ERROR: upgradecheck.Code.FAILURE,
}

#: Seconds to wait for libvirt.
_LIBVIRT_TIMEOUT = 10.0

CONF = nova_conf.CONF

#: Where Python searches for what it imports.
_PATH = sys.path

_Look = Callable[[], Iterable[findings.Finding]]


class Checks(upgradecheck.UpgradeCommands):
    """The checks; each finding of a problem names its remedy."""

    def __init__(self, tree: Tree, explicit: Sequence[tuple[str, str]]) -> None:
        """Find the services.

        :param tree: the files of this host
        :param explicit: ``('file', path)`` and ``('dir', path)`` to read instead of theirs
        """
        self._host = host.find(tree, explicit)
        self._explicit = bool(explicit)

    def _nova(self) -> upgradecheck.Result:
        """Nova's release, and what nova-ext relies on in it."""
        return _result(deployment.release)

    def _installation(self) -> upgradecheck.Result:
        """nova-ext's own files."""
        return _result(lambda: installation.check(self._host, _PATH))

    def _services(self) -> upgradecheck.Result:
        """What runs here, and the files that it reads."""
        return _result(lambda: services.check(self._host, self._explicit))

    def _driver(self) -> upgradecheck.Result:
        """[DEFAULT] compute_driver."""
        return self._of_files(lambda: driver.check(self._host, self._explicit))

    def _loaded(self) -> upgradecheck.Result:
        """What the running nova-compute has loaded."""
        return self._of_host(lambda: loaded.check(self._host))

    def _api(self) -> upgradecheck.Result:
        """The paste file."""
        return self._of_host(lambda: api.check(self._host, self._explicit))

    def _policy(self) -> upgradecheck.Result:
        """The policy files."""
        return self._of_files(lambda: rules.check(self._host))

    def _libvirt(self) -> upgradecheck.Result:
        """The versions of libvirt and QEMU."""
        return self._of_guests(_of_libvirt)

    def _virtlogd(self) -> upgradecheck.Result:
        """virtlogd, and libvirt's use of it."""
        return self._of_guests(
            lambda: requirements.of_virtlogd(virtlogd.read) if _runs_guests() else ())

    def _directory(self) -> upgradecheck.Result:
        """[nova_ext] console_log_directory, and who else rotates the logs."""
        return self._of_guests(lambda: itertools.chain(
            requirements.directory(CONF, requirements.is_there_in_time),
            requirements.rotation(CONF, virtlogd.read)) if _runs_guests() else ())

    _upgrade_checks = (
        ('Nova', _nova),
        ('Installation', _installation),
        ('Services', _services),
        ('Compute driver', _driver),
        ('Running nova-compute', _loaded),
        ('Filter of the API', _api),
        ('Policy files', _policy),
        ('libvirt and QEMU', _libvirt),
        ('virtlogd', _virtlogd),
        ('Directory of the console logs', _directory),
    )

    def _of_files(self, look: _Look) -> upgradecheck.Result:
        """Findings in what the services read."""
        return _result(look) if self._explicit else self._of_host(look)

    def _of_host(self, look: _Look) -> upgradecheck.Result:
        """Findings that are not all, if there is something that this user may not read."""
        return _result(lambda: [*look(), *map(services.unknown, self._host.denied[:1])])

    def _of_guests(self, look: _Look) -> upgradecheck.Result:
        """Findings on a compute host, whose configuration is CONF's meanwhile."""
        def of_each() -> Iterator[findings.Finding]:
            for service in self._host.services_of(COMPUTE):
                with reading.loaded(CONF, service, self._host.tree):
                    yield from look()

        return self._of_files(of_each)


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


def _result(look: _Look) -> upgradecheck.Result:
    """Several findings as one result, as bad as the worst of them, which come first."""
    try:
        found = sorted(dict.fromkeys(look()), key=lambda finding: -finding.level)
    except PermissionError as error:
        found = [services.unknown(error.filename)]
    except reading.Unreadable as error:
        found = [findings.error(f'{error}.')]
    except Exception as error:
        found = [findings.error(f'{type(error).__name__}: {error}')]
    return upgradecheck.Result(
        _CODES[found[0].level] if found else upgradecheck.Code.SUCCESS,
        '; '.join(finding.text.rstrip('.') for finding in found)
        or 'Nothing to look at on this host')


def main(root: str = '/') -> int:
    """Run the command.

    :param root: the directory that is ``/`` for the services; another one in tests
    """
    return closed_pipes.run(lambda: _check(root))


def _check(root: str) -> int:
    """Print the result of all checks, at once: the library reports a closed pipe as a failure."""
    logging.getLogger().addHandler(logging.NullHandler())  # not what the libraries say meanwhile
    nova_ext_conf.register_opts(CONF)
    named, rest = command_line.split(sys.argv[1:])
    checks = Checks(Tree(root), named)
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(output):
            return int(upgradecheck.main(command_line.Options(), 'nova', checks, rest))
    finally:  # --help ends it as well
        print(output.getvalue(), end='')


if __name__ == '__main__':
    sys.exit(main())
