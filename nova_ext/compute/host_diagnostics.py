# SPDX-License-Identifier: Apache-2.0
"""The diagnostics of many servers, and what failed on their host, as they cross RPC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from nova_ext.objects import diagnostics
from nova_ext.virt import capabilities

#: Servers in a message. Encoded, a Diagnostics has 0.6 KB, and 0.25 KB for each vCPU, 0.6 KB for
#: each NIC and 0.5 KB for each disk: 2 KB for a server with one of each, 30 KB for one with 64
#: vCPUs, 16 disks and 8 NICs. 200 of the latter are 6 MB, and a quarter more with the quotation
#: marks escaped, where RabbitMQ 4 takes 16 MiB by default.
MAX_SERVERS = 200

#: What is known about servers, by UUID.
Answers = dict[str, capabilities.Found]


class HostReport(NamedTuple):
    """What a host has told."""

    servers: Answers
    #: As :meth:`nova_ext.virt.failures.Failures.counts` has them; empty where none are counted.
    failures: dict[str, int]


def encode(
        found: Mapping[str, capabilities.Found], version: str,
        failures: Mapping[str, int]) -> dict[str, Any]:
    """What is sent.

    :param version: of each Diagnostics
    """
    servers = {uuid: {'responding': one.responding,
                      'diagnostics': one.diagnostics.obj_to_primitive(target_version=version)}
               for uuid, one in found.items()}
    return {'servers': servers, 'failures': dict(failures)}


def decode(answer: Mapping[str, Any]) -> HostReport:
    """What was sent."""
    return HostReport(
        {uuid: capabilities.Found(
            responding=one['responding'],
            diagnostics=diagnostics.Diagnostics.obj_from_primitive(one['diagnostics']))
            for uuid, one in answer['servers'].items()},
        {kind: int(number) for kind, number in answer['failures'].items()})
