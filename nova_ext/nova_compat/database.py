# SPDX-License-Identifier: Apache-2.0
"""Nova's databases: their tables, sessions and cells."""

from __future__ import annotations

from nova_ext.nova_compat.internals import Internal

INTERNALS = (
    # The databases, and the cells that they belong to.
    Internal('nova.context', 'load_cells', source=('global CELLS',)),
    Internal('nova.context', 'target_cell', ('context', 'cell_mapping')),
    Internal('nova.context', 'set_target_cell', source=('context.cell_uuid = ',)),
    Internal('nova.db.main.api', 'get_context_manager', ('context',)),
    Internal('nova.db.api.api', 'context_manager'),
    Internal('nova.db.main.api', '_exact_instance_filter', source=(
        'isinstance(value, (list,', 'column_attr.in_(value)')),
    Internal('nova.db.main.api', 'instance_get_all_by_filters_sort', source=(
        'copy.deepcopy(filters)', "'host'")),
    Internal('nova.objects.build_request', 'BuildRequestList._pass_exact_filters', source=(
        'isinstance(filter_val, (list,',)),
    Internal('nova.db.main.models', 'Service'),
    Internal('nova.db.main.models', 'ComputeNode'),
    Internal('nova.db.main.models', 'Instance'),
    Internal('nova.db.api.models', 'HostMapping'),
    Internal('nova.db.api.models', 'CellMapping'),
    Internal('nova.db.api.models', 'AggregateHost'),
    Internal('nova.db.api.models', 'AggregateMetadata'),
)
