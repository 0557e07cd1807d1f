# SPDX-License-Identifier: Apache-2.0
"""The base of nova-ext's versioned objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from oslo_utils import versionutils
from oslo_versionedobjects import base


class NovaExtObject(base.VersionedObject, base.ComparableVersionedObject):
    """A versioned object in nova-ext's own namespace.

    oslo.versionedobjects keeps one registry per process, by name, and Nova registers a
    ``Diagnostics`` in it. The namespace and the prefix of the registered name keep the two apart.
    """

    OBJ_SERIAL_NAMESPACE = 'nova_ext_object'
    OBJ_PROJECT_NAMESPACE = 'nova_ext'

    #: The fields that a version of the object has added, by that version.
    ADDED: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def __init__(self, context: Any = None, **values: Any) -> None:
        """Make an object.

        :param values: by field; one that is not given is None, which means unknown: a driver
            that does not know of a field, or a host with an older version, leaves it out
        """
        super().__init__(context, **{**dict.fromkeys(self.fields), **values})

    @classmethod
    def obj_name(cls) -> str:
        """The name in the registry and on the wire."""
        return f'NovaExt{cls.__name__}'

    def obj_what_changed(self) -> set[str]:
        """No field: nothing of ours is saved, and to send their names costs half a message."""
        return set()

    def obj_make_compatible(self, primitive: dict[str, Any], target_version: str) -> None:
        """Take the fields out of a primitive that an older version does not know.

        :param target_version: the version that the receiver understands
        """
        super().obj_make_compatible(primitive, target_version)
        target = versionutils.convert_version_to_tuple(target_version)
        for version, names in self.ADDED.items():
            if target < versionutils.convert_version_to_tuple(version):
                for name in names:
                    primitive.pop(name, None)
