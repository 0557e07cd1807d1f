# SPDX-License-Identifier: Apache-2.0
"""No object that crosses RPC changes without its version."""

from __future__ import annotations

from typing import Any

from nova.objects import base as nova_base
from nova.objects import diagnostics as nova_diagnostics
from oslo_versionedobjects import base as ovo_base
from oslo_versionedobjects import fixture

from nova_ext.objects import base, diagnostics

#: When one of these changes, so must the object's version: older code does not know the new
#: field, or knows another one by that name. Nested objects count as the object's own.
FINGERPRINTS: dict[str, str] = {
    'NovaExtCpuDiagnostics': '1.0-d256f2e442d1b837735fd17dfe8e3d47',
    'NovaExtDiagnostics': '1.0-71f0e49fd2a524d18f5b19e71e8ae8ca',
    'NovaExtDiskDiagnostics': '1.0-dfd0892b5924af1a585f3fed8c9899ca',
    'NovaExtMemoryDiagnostics': '1.0-2c995ae0f2223bb0f8e523c5cc0b83da',
    'NovaExtNicDiagnostics': '1.0-30fae64a8fb58e0568e0669e26bc0a4c',
}


def ours() -> dict[str, list[Any]]:
    registered = ovo_base.VersionedObjectRegistry.obj_classes()
    return {name: classes for name, classes in registered.items()
            if issubclass(classes[0], base.NovaExtObject)}


def test_no_object_has_changed_without_its_version() -> None:
    checker = fixture.ObjectVersionChecker(obj_classes=ours())
    expected, actual = checker.test_hashes(FINGERPRINTS)
    assert actual == expected


def test_every_object_has_its_own_namespace_and_prefix() -> None:
    assert ours()
    for name, classes in ours().items():
        assert name.startswith('NovaExt')
        for cls in classes:
            assert cls.OBJ_PROJECT_NAMESPACE == 'nova_ext'
            assert cls.OBJ_SERIAL_NAMESPACE == 'nova_ext_object'


def test_novas_objects_of_the_same_names_are_registered_unharmed_beside_ours() -> None:
    for registry in (ovo_base.VersionedObjectRegistry, nova_base.NovaObjectRegistry):
        classes = registry.obj_classes()
        for name in ('Diagnostics', 'CpuDiagnostics', 'NicDiagnostics', 'DiskDiagnostics',
                     'MemoryDiagnostics'):
            assert classes[name] == [getattr(nova_diagnostics, name)]
            assert classes[f'NovaExt{name}'] == [getattr(diagnostics, name)]


def test_novas_serializer_leaves_our_primitives_alone() -> None:
    primitive = diagnostics.Diagnostics.unknown(state='running').obj_to_primitive()
    serializer = nova_base.NovaObjectSerializer()
    assert serializer.deserialize_entity(
        None, serializer.serialize_entity(None, primitive)) == primitive
