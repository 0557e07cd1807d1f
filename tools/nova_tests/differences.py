# SPDX-License-Identifier: Apache-2.0
"""The tests of Nova that end otherwise with nova-ext, and why.

A difference is either intended, or the test gives the driver what Nova itself never does. With a
difference that is none of these nova-ext is wrong, and is to be mended instead of listed. What a
listed test says has to match, so that it does not hide another failure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from tools.nova_tests import selections

_TEST_DRIVER = 'nova.tests.unit.virt.libvirt.test_driver'


@dataclasses.dataclass(frozen=True)
class Difference:
    """Tests that fail with nova-ext, and pass without, for one reason."""

    reason: str
    #: A pattern of what they say: the exception, in a line.
    error: str
    #: Their ids.
    tests: tuple[str, ...]


def _of(name: str, tests: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the tests of a class, or of a module."""
    return tuple(f'{name}.{test}' for test in tests)


def _of_connection(*tests: str) -> tuple[str, ...]:
    return _of(f'{_TEST_DRIVER}.LibvirtConnTestCase', (f'test_{test}' for test in tests))


def _of_driver(*tests: str) -> tuple[str, ...]:
    return _of(f'{_TEST_DRIVER}.LibvirtDriverTestCase', (f'test_{test}' for test in tests))


_INTENDED = (
    Difference(
        'intended: diagnostics tell what the domain says, and nothing that is not known',
        r"MismatchError: !=: reference = .* 'nova_object.name': 'Diagnostics',",
        _of_connection('diagnostic_vcpus_exception')),
    Difference(
        'intended: the console log is read from its files, of which the test fakes the reading '
        "by Nova's own functions, and never from a pty",
        r"MismatchError: b'(67890|67891)' != b''$",
        _of_connection('get_console_output_file', 'get_console_output_pty',
                       'get_console_output_tcp')),
    Difference(
        'intended: where nothing was logged yet the console output is empty, in bytes as always',
        r"MismatchError: '' != b''$|get_console_output of .* returned b''$",
        _of_connection('get_console_output_file_missing',
                       'get_console_output_pty_not_available')),
)

_FAKED = (
    Difference(
        'the test gives a domain without an id, which is one that does not run, and whose vCPUs '
        'have used no time',
        r"MismatchError: !=: reference = \{'(memory|br0_rx)': ",
        _of_connection(
            'diagnostic_blockstats_exception', 'diagnostic_full',
            'diagnostic_full_with_multiple_interfaces', 'diagnostic_interfacestats_exception',
            'diagnostic_memorystats_exception')),
    Difference(
        'the test gives an Instance without task_state, a field that is always loaded',
        r'OrphanedObjectError: Cannot call obj_load_attr on orphaned Instance object$',
        _of_driver(
            'cleanup_lvm_encrypted', 'delete_instance_files',
            'delete_instance_files_concurrent', 'delete_instance_files_failed',
            'delete_instance_files_kill_running', 'delete_instance_files_mv_failed',
            'delete_instance_files_none', 'delete_instance_files_resize',
            'delete_instance_files_resume')),
    Difference(
        'the test gives mock.ANY as the Instance',
        r"AttributeError: '_ANY' object has no attribute 'uuid'$",
        _of_connection(
            'ensure_console_log_for_instance_fail', 'ensure_console_log_for_instance_pass',
            'ensure_console_log_for_instance_pass_w_permissions')),
    Difference(
        'the test gives a word as the Migration',
        r"AttributeError: 'str' object has no attribute 'source_compute'$",
        _of_driver('confirm_migration')),
    Difference(
        "the test gives a class as the domain, and mocks one function of Nova's that reads it",
        r"TypeError: Domain\.XMLDesc\(\) missing 1 required positional argument: 'self'$",
        _of_connection('live_migration_fails_without_serial_console_address')),
    Difference(
        "the test mocks Nova's Guest, where the domain itself is asked for its XML",
        r"TypeError: memoryview: a bytes-like object is required, not '_AutospecMagicMock'$"
        r'|ValueError: can only parse strings$',
        _of_connection('get_console_output_logrotate', 'get_console_output_not_available')),
)

#: Of Nova 26 alone.
_FAKED_26 = (
    Difference(
        "the test handles an event of the connection itself, which Nova's own green thread has "
        'done by then, because init_host of nova-ext lets others run while it waits',
        r'TimeoutException$',
        _of_connection('service_resume_after_broken_connection')),
    Difference(
        'the test gives a word as the Instance',
        r"AttributeError: 'str' object has no attribute 'uuid'$",
        _of_connection('rollback_live_migration_at_dest_not_shared',
                       'rollback_live_migration_at_dest_shared')),
    Difference(
        'the test makes a driver for no service at all',
        r"AttributeError: 'str' object has no attribute '_compute'$",
        _of(f'{_TEST_DRIVER}.LibvirtNonblockingTestCase', ['test_connection_to_primitive'])),
)

_SERVED_HYPERVISORS = (
    Difference(
        "the test mocks a function of Nova's for the servers of a host, which nova-ext reads from "
        'the database',
        r"NoMatch: .*(Extra key\(s\) in template: \['servers'\]|'name': 'test_server1')",
        _of('nova.tests.functional.api_sample_tests.test_hypervisors', (
            'HypervisorsSampleJsonTests.test_hypervisors_with_servers(v2_1)',
            'HypervisorsSampleJsonTests.test_hypervisors_with_servers(v2_1_noproject_id)',
            'HypervisorsSampleJson228Tests.test_hypervisors_with_servers(v2_28)',
            'HypervisorsSampleJson253Tests.test_hypervisors_with_servers(v2_53)',
            'HypervisorsSampleJson253Tests.test_hypervisors_detail_with_servers(v2_53)',
            'HypervisorsSampleJson253Tests.test_hypervisors_show_with_servers(v2_53)',
            'HypervisorsSampleJson288Tests.test_hypervisors_with_servers(v2_88)',
            'HypervisorsSampleJson288Tests.test_hypervisors_detail_with_servers(v2_88)',
            'HypervisorsSampleJson288Tests.test_hypervisors_show_with_servers(v2_88)'))),
)

#: By the name of the selection and of the variant.
EXPECTED: dict[tuple[str, str], tuple[Difference, ...]] = {
    (selections.UNIT_34.name, selections.DRIVER.name): (*_INTENDED, *_FAKED),
    (selections.UNIT_26.name, selections.DRIVER.name): (*_INTENDED, *_FAKED, *_FAKED_26),
    (selections.FUNCTIONAL_34.name, selections.STOCK.name): _SERVED_HYPERVISORS,
}
