# SPDX-License-Identifier: Apache-2.0
"""What the log of a running nova-compute says of the driver that it has loaded."""

from __future__ import annotations

import os
import re
import subprocess
import time
from typing import NamedTuple, Optional

from nova_ext.cmd.services import reading
from nova_ext.cmd.services.host import Host, Service
from nova_ext.cmd.services.processes import Process

#: As Nova 26 to 34 have it.
_LOADING = re.compile(r"Loading compute driver '([^']+)'")

#: What oslo.log begins a line with, unless it is configured otherwise: time and process.
_BEGINNING = re.compile(r'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)[.\d]* (\d+) ')

#: How much of the end of each log file is looked at, in bytes.
_MOST = 256 * 1024 * 1024

#: Seconds that the journal may take.
_TIMEOUT = 5.0


class Loaded(NamedTuple):
    """What a log says."""

    driver: str
    #: The log, for the operator.
    where: str


def find(host: Host, service: Service, process: Process) -> Optional[Loaded]:
    """What the process itself has logged last; None: nothing is found."""
    for name in _files(host, service, process):
        line = _last(host.tree.path(name), process)
        if line:
            return Loaded(line, name)
    if process.unit and not host.tree.is_foreign:
        driver = _in_journal(process)
        if driver:
            return Loaded(driver, 'the journal')
    return None


def _files(host: Host, service: Service, process: Process) -> list[str]:
    """The log file, if there is one, and the one before it."""
    values = {option: _option(host, service, process, option)
              for option in ('log_file', 'log_dir')}
    name = values['log_file'] or (f'{service.name}.log' if values['log_dir'] else '')
    path = os.path.join(values['log_dir'], name) if name else ''
    return [path, f'{path}.1'] if path.startswith('/') else []


def _option(host: Host, service: Service, process: Process, name: str) -> str:
    """One of oslo.log's options, of the command line or a file; empty: it is not set."""
    for alias in (name, name.replace('_', '')):
        given = process.command.argument(alias.replace('_', '-')) if process.command else None
        if given is not None:
            return given
        value = reading.value(service, alias, host.tree)
        if value is not None:
            return value.text
    return ''


def _last(path: str, process: Process) -> str:
    """The driver in the last of the lines that the process wrote of one; empty: none."""
    found = ''
    try:
        with open(path, 'rb') as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _MOST))
            for line in file:
                if b'Loading compute driver' in line:
                    text = line.decode(errors='replace')
                    match = _LOADING.search(text)
                    if match and _is_of(text, process):
                        found = match[1]
    except OSError:
        return ''
    return found


def _is_of(line: str, process: Process) -> bool:
    """Whether this process wrote the line, and not one of the same number before it."""
    match = _BEGINNING.match(line)
    if not match:
        return False
    written = time.mktime(time.strptime(match[1], '%Y-%m-%d %H:%M:%S'))
    return int(match[2]) in process.numbers and written >= process.started - 2


def _in_journal(process: Process) -> str:
    command = ['journalctl', '--quiet', '--no-pager', '--output=cat', '--boot',
               f'--since=@{int(process.started) - 1}', '--grep=Loading compute driver',
               f'_PID={process.pid}']
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ''
    found = _LOADING.findall(done.stdout)
    return found[-1] if found else ''
