# SPDX-License-Identifier: Apache-2.0
"""The base of nova-ext's versioned objects."""

from __future__ import annotations

from oslo_versionedobjects import base


class NovaExtObject(base.VersionedObject, base.ComparableVersionedObject):
    """A versioned object in nova-ext's own namespace.

    oslo.versionedobjects keeps one registry per process, by name, and Nova registers a
    ``Diagnostics`` in it. The namespace and the prefix of the registered name keep the two apart.
    """

    OBJ_SERIAL_NAMESPACE = 'nova_ext_object'
    OBJ_PROJECT_NAMESPACE = 'nova_ext'

    @classmethod
    def obj_name(cls) -> str:
        """The name in the registry and on the wire."""
        return f'NovaExt{cls.__name__}'
