# SPDX-License-Identifier: Apache-2.0
"""The versions of nova-ext's API and how a request chooses one.

A request opts in with ``OpenStack-API-Version: compute 2.96, nova-ext 1.0``. Without the second
part nova-ext stays out of the way.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping

import microversion_parse

SERVICE_TYPE = 'nova-ext'

HEADER = 'OpenStack-API-Version'

#: Every version that is served, oldest first. Each says what it added; clients read the same in
#: doc/source/microversion-history.rst.
VERSIONS = [
    '1.0',  # GET /servers/{server_id}/diagnostics with every key of the specification, in any
            # power state. host_status in GET /servers/{server_id} and /servers/detail, and
            # state, status and the reason in GET /os-hypervisors, at any compute microversion.
            # GET /nova-ext, the discovery document.
    '1.1',  # NEEDS_MAINTENANCE and the announced window of maintenance; GET /servers and
            # /servers/detail filtered by host_status. Hypervisors with forced_down,
            # last_seen_up, maintenance and what records they lack; filtered by state and status.
    '1.2',  # Diagnostics say which port a NIC and which volume a disk is, with their devices;
            # how long vCPUs waited and requests to disks took; why the server is in its state
            # and whether its guest agent answers.
            # GET /os-hypervisors/{hypervisor_id}/diagnostics and GET /nova-ext/diagnostics: those
            # of all servers of a host, and of many hosts, as JSON or as OpenMetrics.
            # host_status_reason and host_status_since of servers, down_cells in every list of
            # them, the reason of announced maintenance; hypervisors filtered by host, aggregate
            # and availability_zone.
            # GET /servers/{server_id}/console-log: what was printed on a serial port, by offset;
            # of a deleted server, too, where that is kept.
]

MIN_VERSION = VERSIONS[0]
MAX_VERSION = VERSIONS[-1]

_WELL_FORMED = re.compile(r'(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})')


class MalformedVersion(ValueError):
    """The header names nova-ext but no version that can be read."""


class UnsupportedVersion(ValueError):
    """The version is well-formed but not served."""


def requested_version(headers: MutableMapping[str, str]) -> microversion_parse.Version | None:
    """The nova-ext version that a request asks for.

    :param headers: the request's headers
    :returns: a version that is served, or None when the request does not mention nova-ext
    :raises MalformedVersion: nova-ext is named without a readable version
    :raises UnsupportedVersion: the version is not one of :data:`VERSIONS`
    """
    if not _mentions_service(headers.get(HEADER, '')):
        return None
    asked = microversion_parse.get_version(headers, SERVICE_TYPE) or ''
    if asked == 'latest':
        asked = MAX_VERSION
    if not _WELL_FORMED.fullmatch(asked):
        raise MalformedVersion(
            f"The version of {SERVICE_TYPE} must be 'latest' or two numbers such as "
            f"'{MAX_VERSION}', for example '{HEADER}: compute 2.96, {SERVICE_TYPE} "
            f"{MAX_VERSION}'.")
    if asked not in VERSIONS:
        raise UnsupportedVersion(
            f'Version {asked} of {SERVICE_TYPE} is not supported by this API. The minimum is '
            f'{MIN_VERSION} and the maximum is {MAX_VERSION}.')
    return microversion_parse.parse_version_string(asked)


def _mentions_service(header: str) -> bool:
    """Whether any part of the header is about nova-ext, well-formed or not."""
    return any(part.split()[:1] == [SERVICE_TYPE] for part in header.lower().split(','))
