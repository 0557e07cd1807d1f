# SPDX-License-Identifier: Apache-2.0
"""Entries of the API's list of diagnostics."""

from __future__ import annotations

from typing import Any

from tests.unit.cli import answers

SERVER = 'f2e2b9a4-7d0e-4c4c-9c3d-0f1c6e4f1d11'
PROJECT = '0123456789abcdef0123456789abcdef'


def make_entry(server_id: str = SERVER, **values: Any) -> dict[str, Any]:
    """Return a server with 2 vCPUs, a NIC and a disk."""
    return {'server_id': server_id, 'server_name': 'web1', 'project_id': PROJECT,
            'host': 'compute1', 'responding': True, **answers.make_body_1_2(), **values}


def make_hung(server_id: str = SERVER, **values: Any) -> dict[str, Any]:
    """Return a server whose QEMU does not answer."""
    unknown = dict.fromkeys(answers.make_body_1_2())
    return make_entry(server_id, **{**unknown, 'responding': False, 'state': 'running', **values})
