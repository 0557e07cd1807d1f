# SPDX-License-Identifier: Apache-2.0
"""Things that several tests make."""

from __future__ import annotations

import uuid
from typing import Any

PROJECT = 'a' * 32


def context(**values: Any) -> Any:
    """A nova.context.RequestContext of an ordinary member of :data:`PROJECT`."""
    from nova import context as nova_context

    return nova_context.RequestContext(**{
        'user_id': 'user', 'project_id': PROJECT, 'roles': ['member', 'reader'],
        'is_admin': False, **values})


def admin(**values: Any) -> Any:
    """A nova.context.RequestContext of an administrator in a project of their own."""
    return context(**{
        'user_id': 'root', 'project_id': 'b' * 32, 'roles': ['admin', 'member', 'reader'],
        'is_admin': True, **values})


def instance(**values: Any) -> Any:
    """A nova.objects.Instance."""
    from nova import objects

    objects.register_all()
    return objects.Instance(**{
        'uuid': str(uuid.uuid4()), 'project_id': PROJECT, 'host': 'host1',
        'vm_state': 'active', 'power_state': 1, **values})


def values(known: Any) -> Any:
    """The values in a versioned object of ours, for comparing.

    Objects themselves compare equal only when a set of names happens to be in the same order.
    """
    if isinstance(known, list):
        return [values(item) for item in known]
    if not hasattr(known, 'obj_to_primitive'):
        return known
    return {name: values(getattr(known, name)) for name in known.fields}
