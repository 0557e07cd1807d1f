# SPDX-License-Identifier: Apache-2.0
"""Parts of a console log."""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import parts

_OFFSET = {'type': 'integer', 'minimum': 0, 'maximum': 2 ** 53}

show = parts.answer(parts.closed(
    text={'type': 'string'}, start=_OFFSET, next=_OFFSET, oldest=_OFFSET))
