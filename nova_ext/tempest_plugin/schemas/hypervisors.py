# SPDX-License-Identifier: Apache-2.0
"""Hypervisors: what nova-ext adds or vouches for; the rest is Nova's to define."""

from __future__ import annotations

from nova_ext.tempest_plugin.schemas import parts

_ID = {'type': ['string', 'integer']}

_HYPERVISOR: parts.Schema = {
    'type': 'object',
    'properties': {
        'id': _ID,
        'hypervisor_hostname': {'type': 'string'},
        'state': {'enum': ['up', 'down']},
        # These two are not there for one that lacks the record, which 1.0 does not list.
        'status': {'enum': ['enabled', 'disabled']},
        'service': {
            'type': 'object',
            'properties': {
                'id': _ID,
                'host': {'type': 'string'},
                'disabled_reason': {'type': ['string', 'null']},
            },
            'required': ['id', 'host', 'disabled_reason'],
        },
        # From 1.1.
        'forced_down': {'type': ['boolean', 'null']},
        'last_seen_up': parts.MOMENT,
        'maintenance': parts.WINDOW,
        'missing_records': {
            'type': 'array', 'items': {'enum': ['service', 'host_mapping']},
            'uniqueItems': True},
    },
    'required': ['id', 'hypervisor_hostname', 'state'],
}

_HYPERVISOR_1_2: parts.Schema = {
    **_HYPERVISOR,
    'properties': {**_HYPERVISOR['properties'], 'maintenance': parts.WINDOW_1_2},
}


def _show(hypervisor: parts.Schema) -> parts.Schema:
    return parts.answer({
        'type': 'object', 'properties': {'hypervisor': hypervisor}, 'required': ['hypervisor']})


def _index(hypervisor: parts.Schema) -> parts.Schema:
    return parts.answer({
        'type': 'object',
        'properties': {
            'hypervisors': {'type': 'array', 'items': hypervisor},
            'hypervisors_links': {'type': 'array'},
            'down_cells': parts.DOWN_CELLS,
        },
        'required': ['hypervisors', 'down_cells'],
    })


show, index = _show(_HYPERVISOR), _index(_HYPERVISOR)

show_1_2, index_1_2 = _show(_HYPERVISOR_1_2), _index(_HYPERVISOR_1_2)
