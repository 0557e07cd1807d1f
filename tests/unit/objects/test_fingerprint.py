# SPDX-License-Identifier: Apache-2.0
"""The objects that are sent over RPC, their versions and their places in the registries."""

from __future__ import annotations

from typing import Any

import ddt
from nova.objects import base as nova_base
from nova.objects import diagnostics as nova_diagnostics
from oslo_versionedobjects import base as ovo_base
from oslo_versionedobjects import fixture

from nova_ext.objects import base, diagnostics
from tests.unit import base as unit_base

#: When one of these changes, so must the object's version: older code does not know the new
#: field, or knows another one by that name. Nested objects count as the object's own.
FINGERPRINTS: dict[str, str] = {
    'NovaExtCpuDiagnostics': '1.1-aa3d6ab86001a6ca5664d92cd762770f',
    'NovaExtDiagnostics': '1.1-e8c5b9f6f3524e12faeaeb7713b6e35f',
    'NovaExtDiskDiagnostics': '1.1-a32dbbf126d80945b2f88116cee3c349',
    'NovaExtMemoryDiagnostics': '1.0-2c995ae0f2223bb0f8e523c5cc0b83da',
    'NovaExtNicDiagnostics': '1.1-4f86966dd59a501438c283f5417245c9',
}


def list_objects() -> dict[str, list[Any]]:
    """Return the registered classes of nova-ext by name."""
    registered = ovo_base.VersionedObjectRegistry.obj_classes()
    return {name: classes for name, classes in registered.items()
            if issubclass(classes[0], base.NovaExtObject)}


@ddt.ddt
class TestObjects(unit_base.TestCase):
    def test_no_object_has_changed_without_a_new_version(self) -> None:
        checker = fixture.ObjectVersionChecker(obj_classes=list_objects())
        expected, actual = checker.test_hashes(FINGERPRINTS)
        self.assertEqual(expected, actual)

    def test_every_object_has_the_prefix_and_the_namespace_of_nova_ext(self) -> None:
        self.assertNotEqual({}, list_objects())
        for name, classes in list_objects().items():
            self.assertTrue(name.startswith('NovaExt'), name)
            for cls in classes:
                self.assertEqual('nova_ext', cls.OBJ_PROJECT_NAMESPACE)
                self.assertEqual('nova_ext_object', cls.OBJ_SERIAL_NAMESPACE)

    @ddt.data('Diagnostics', 'CpuDiagnostics', 'NicDiagnostics', 'DiskDiagnostics',
              'MemoryDiagnostics')
    def test_objects_of_nova_and_nova_ext_are_both_registered(self, name: str) -> None:
        for registry in (ovo_base.VersionedObjectRegistry, nova_base.NovaObjectRegistry):
            classes = registry.obj_classes()
            self.assertEqual([getattr(nova_diagnostics, name)], classes[name])
            self.assertEqual([getattr(diagnostics, name)], classes[f'NovaExt{name}'])

    def test_serializer_of_nova_does_not_change_primitives_of_nova_ext(self) -> None:
        primitive = diagnostics.Diagnostics.unknown(state='running').obj_to_primitive()
        serializer = nova_base.NovaObjectSerializer()
        self.assertEqual(primitive, serializer.deserialize_entity(
            None, serializer.serialize_entity(None, primitive)))
