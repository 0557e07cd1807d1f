# SPDX-License-Identifier: Apache-2.0
"""The discovery document."""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import parts

_VERSION = {'type': 'string', 'pattern': r'^[0-9]+\.[0-9]+$'}

show = parts.answer(parts.closed(
    version=parts.closed(
        id={'enum': ['v1']},
        status={'enum': ['CURRENT', 'SUPPORTED', 'DEPRECATED']},
        service_type={'enum': ['nova-ext']},
        min_version=_VERSION,
        max_version=_VERSION),
    operations={
        'type': 'array',
        'minItems': 1,
        'items': parts.closed(
            method={'enum': ['GET', 'PUT', 'POST', 'DELETE']},
            path={'type': 'string', 'pattern': '^/'}),
    }))
