# SPDX-License-Identifier: Apache-2.0
"""The versions that this client knows and how it picks one."""

from __future__ import annotations

from nova_ext.cli import exceptions

SERVICE_TYPE = 'nova-ext'

HEADER = 'OpenStack-API-Version'

#: Every version whose answers the commands can show, oldest first.
VERSIONS = ('1.0', '1.1', '1.2')

#: The compute microversion where the person asks for none: the newest that changes the form of
#: what is shown (hypervisors have UUIDs since 2.53 and no usage since 2.88). Nova 26 has it.
COMPUTE = '2.88'


def key(version: str) -> tuple[int, int]:
    """A version as two numbers, which compare as versions do."""
    major, minor = version.split('.')
    return int(major), int(minor)


def choose(minimum: str, maximum: str) -> str:
    """The newest version that client and deployment know.

    :param minimum: the deployment's oldest
    :param maximum: the deployment's newest
    :raises nova_ext.cli.exceptions.NotServed: there is none
    """
    common = [version for version in VERSIONS if key(minimum) <= key(version) <= key(maximum)]
    if not common:
        raise exceptions.NotServed(
            f'This cloud serves nova-ext {minimum} to {maximum}, this client knows '
            f'{VERSIONS[0]} to {VERSIONS[-1]}: install the client of the newer one.')
    return common[-1]


def check(what: str, needed: str, version: str) -> None:
    """Return when an option may be used.

    :param what: the option
    :param needed: the version that it came with
    :param version: the one that was negotiated
    :raises nova_ext.cli.exceptions.NotServed: it is older
    """
    if key(version) < key(needed):
        raise exceptions.NotServed(
            f'{what} needs nova-ext {needed}; this cloud serves it up to {version}.')
