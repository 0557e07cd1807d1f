# SPDX-License-Identifier: Apache-2.0
"""What is known about a server, without what makes a versioned object dear.

To make the objects of one server and their primitives takes longer than to ask libvirt about it.
These have the same fields, unchecked, and become the same primitives.
"""

from __future__ import annotations

from typing import Any, ClassVar, Optional

from nova_ext.objects import base
from nova_ext.objects import diagnostics as objects


class _Light:
    """The fields of an object; those that are not given are None."""

    #: The object that it stands for.
    OBJECT: ClassVar[type[base.NovaExtObject]]

    fields: ClassVar[tuple[str, ...]]

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)

    def obj_to_primitive(self, target_version: Optional[str] = None) -> dict[str, Any]:
        """As that of the object.

        :param target_version: as for it
        """
        primitive = self._primitive()
        if target_version in (None, self.OBJECT.VERSION):
            return primitive
        older: dict[str, Any] = self.OBJECT.obj_from_primitive(primitive).obj_to_primitive(
            target_version=target_version)
        return older

    def _primitive(self) -> dict[str, Any]:
        namespace = self.OBJECT.OBJ_SERIAL_NAMESPACE
        return {
            f'{namespace}.name': self.OBJECT.obj_name(),
            f'{namespace}.namespace': self.OBJECT.OBJ_PROJECT_NAMESPACE,
            f'{namespace}.version': self.OBJECT.VERSION,
            f'{namespace}.data': {name: _plain(getattr(self, name)) for name in self.fields}}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [one._primitive() for one in value]
    return value._primitive() if isinstance(value, _Light) else value


def _of(of: type[base.NovaExtObject]) -> Any:
    """The class that stands for a class of objects."""
    return type(of.__name__, (_Light,), {
        'OBJECT': of, 'fields': tuple(of.fields), **dict.fromkeys(of.fields)})


CpuDiagnostics = _of(objects.CpuDiagnostics)
NicDiagnostics = _of(objects.NicDiagnostics)
DiskDiagnostics = _of(objects.DiskDiagnostics)
MemoryDiagnostics = _of(objects.MemoryDiagnostics)
Diagnostics = _of(objects.Diagnostics)
