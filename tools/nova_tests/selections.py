# SPDX-License-Identifier: Apache-2.0
"""Which of Nova's own tests are run, and with what of nova-ext."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Variant:
    """What of nova-ext is in place."""

    #: In a few words.
    name: str
    #: Options of ``inside/worker.py``.
    options: tuple[str, ...]
    #: What has to be used in a run, or it would not tell anything; see ``inside/uses.py``.
    uses: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Part:
    """Tests that are run together."""

    name: str
    modules: tuple[str, ...]
    variants: tuple[Variant, ...]
    #: Patterns of the ids of tests that are not run.
    left_out: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Selection:
    """Nova's tests of one kind, with one release of Nova."""

    name: str
    series: str
    #: What it is about, in a line.
    summary: str
    parts: tuple[Part, ...]
    #: Whether Nova's services use eventlet in this release unless they are told otherwise.
    eventlet: bool = False


DRIVER = Variant('driver', ('--plugin',), ('driver',))
FILTER = Variant('filter', ('--plugin',), ('filter',))
STOCK = Variant('filter, serve_stock_hypervisors', ('--plugin', '--serve-stock-hypervisors'),
                 ('filter', 'hypervisors'))
BOTH = Variant('driver and filter', ('--plugin', '--serve-stock-hypervisors'),
                ('driver', 'filter'))

_UNIT = Part('unit', tuple(f'nova.tests.unit.virt.libvirt.{name}' for name in (
    'test_driver', 'test_host', 'test_guest', 'test_migration')), (DRIVER,))

# Of the functional tests there are left out, for the time that they take: the other samples of the
# API and of notifications, which nova-ext does not come near; the regressions and the scenarios at
# the top, which are about the scheduler, cells, volumes and the fake driver, and read servers and
# hypervisors as the samples do. Those of them that are about libvirt begin where the tests in
# nova.tests.functional.libvirt do.

#: Samples of the API near what nova-ext answers or changes.
_SAMPLES = Part(
    'api samples', tuple(f'nova.tests.functional.api_sample_tests.{name}' for name in (
        'test_console_output', 'test_evacuate', 'test_migrate_server', 'test_migrations',
        'test_server_diagnostics', 'test_server_migrations', 'test_servers', 'test_services',
        'test_versions')), (FILTER,))

#: The samples for which serve_stock_hypervisors makes a difference.
_HYPERVISORS = Part(
    'hypervisor samples', ('nova.tests.functional.api_sample_tests.test_hypervisors',),
    (FILTER, STOCK))

_LIBVIRT = Part(
    'libvirt', tuple(f'nova.tests.functional.libvirt.{name}' for name in (
        'test_amd_sev', 'test_device_bus_migration', 'test_evacuate', 'test_intel_tdx',
        'test_live_migration', 'test_machine_type', 'test_migration_addr',
        'test_numa_live_migration', 'test_numa_servers', 'test_pci_in_placement',
        'test_pci_sriov_servers', 'test_power_manage', 'test_report_cpu_traits',
        'test_rescue_deleted_base', 'test_reshape', 'test_rt_servers', 'test_server_shares',
        'test_shared_resource_provider', 'test_stateless_firmware', 'test_uefi', 'test_vgpu',
        'test_vif_model', 'test_vpmem', 'test_vtpm')), (BOTH,),
    left_out=(
        # They can stall on a busy machine, without nova-ext, too.
        r'\.NUMALiveMigrationRollbackTests\.',
        # The same tests again, with a quota and a storage that are nothing to nova-ext.
        r'\.NUMAServerTestWithCountingQuotaFromPlacement\.', r'\.VTPMServersTestNonShared\.'))

UNIT_34 = Selection(
    'nova-tests-34-unit', '34', "Nova 34's own unit tests of its libvirt driver, with ours",
    (_UNIT,))
UNIT_26 = Selection(
    'nova-tests-26-unit', '26', "Nova 26's own unit tests of its libvirt driver, with ours",
    (_UNIT,), eventlet=True)
FUNCTIONAL_34 = Selection(
    'nova-tests-34-functional', '34',
    "Nova 34's own functional tests of its API and libvirt, with nova-ext",
    (_HYPERVISORS, _SAMPLES, _LIBVIRT))
