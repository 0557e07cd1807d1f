# SPDX-License-Identifier: Apache-2.0
"""What the exporter is told on its command line."""

from __future__ import annotations

import argparse
import dataclasses
import ipaddress
import math
from collections.abc import Callable, Sequence
from typing import Optional

#: nova-api's port and a thousand.
PORT = 9774

#: Intervals after which figures are dropped, when nobody says.
_KEPT_INTERVALS = 3


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to ask, and where to serve."""

    #: The cloud in clouds.yaml; None: what the environment says.
    cloud: Optional[str]
    region: Optional[str]
    address: str
    port: int
    #: Seconds from one round to the next.
    interval: float
    #: Seconds that a host may take, all its pages together.
    host_timeout: float
    #: How many hosts are asked at a time.
    concurrency: int
    #: Seconds after which figures are dropped.
    max_age: float
    debug: bool


def parse(arguments: Optional[Sequence[str]] = None) -> Settings:
    """Read the command line.

    :param arguments: None: those of the process
    :raises SystemExit: it is wrong, or asks for help
    """
    parser = argparse.ArgumentParser(
        prog='nova-ext-exporter', description='Serve the diagnostics of all servers of a cloud '
        'to Prometheus. Credentials are those of clouds.yaml or of OS_... in the environment.')
    parser.add_argument(
        '--os-cloud', metavar='<cloud>', help='The cloud in clouds.yaml (default: $OS_CLOUD)')
    parser.add_argument(
        '--os-region-name', metavar='<region>', help='Its region, where it has several')
    parser.add_argument(
        '--listen-address', metavar='<address:port>', type=_address,
        default=('127.0.0.1', PORT), help=f'Where to serve (default: 127.0.0.1:{PORT})')
    parser.add_argument(
        '--interval', metavar='<seconds>', type=_number(float, 1, 86400), default=60.0,
        help='Time from the start of one round over all hosts to the start of the next (default: '
             '60)')
    parser.add_argument(
        '--host-timeout', metavar='<seconds>', type=_number(float, 1, 3600), default=30.0,
        help='Time that a host may take to answer about all its servers (default: 30)')
    parser.add_argument(
        '--concurrency', metavar='<hosts>', type=_number(int, 1, 64), default=8,
        help='Hosts that are asked at a time (default: 8)')
    parser.add_argument(
        '--max-age', metavar='<seconds>', type=_number(float, 1, 7 * 86400),
        help='Age after which the figures of a host are no longer served (default: '
             f'{_KEPT_INTERVALS} intervals)')
    parser.add_argument('--debug', action='store_true', help='Log what is asked')
    found = parser.parse_args(arguments)
    address, port = found.listen_address
    return Settings(
        cloud=found.os_cloud, region=found.os_region_name, address=address, port=port,
        interval=found.interval, host_timeout=found.host_timeout,
        concurrency=found.concurrency, max_age=found.max_age or _KEPT_INTERVALS * found.interval,
        debug=found.debug)


def _address(text: str) -> tuple[str, int]:
    """``127.0.0.1:9774`` or ``[::1]:9774``."""
    address, _, port = text.rpartition(':')
    address = address[1:-1] if address.startswith('[') and address.endswith(']') else address
    try:
        if not 0 <= int(port) < 65536:
            raise ValueError(port)
        return str(ipaddress.ip_address(address)), int(port)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no address and port such as 127.0.0.1:{PORT} or [::1]:{PORT}") from None


def _number(
        kind: Callable[[str], float], least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"'{text}' is no number from {least} to {most}")
        return value

    return read
