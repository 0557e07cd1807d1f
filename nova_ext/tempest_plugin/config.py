# SPDX-License-Identifier: Apache-2.0
"""The plugin's options in tempest.conf."""

from __future__ import annotations

from oslo_config import cfg

service_option = cfg.BoolOpt(
    'nova_ext',
    default=True,
    help='''
Whether the cloud may have nova-ext. Where it is true and no nova-api answers for nova-ext, the
tests are skipped as well.
''')

group = cfg.OptGroup('nova_ext', title='Tests of nova-ext')

opts = [
    cfg.BoolOpt(
        'diagnostics',
        default=True,
        help='Whether to test the diagnostics of servers.'),
    cfg.BoolOpt(
        'host_status',
        default=True,
        help='Whether to test host_status in servers, and lists filtered by it.'),
    cfg.BoolOpt(
        'hypervisors',
        default=True,
        help='Whether to test the state and status of hypervisors.'),
    cfg.BoolOpt(
        'compute_driver',
        default=True,
        help='''
Whether every compute host that the tests' servers may be on runs nova-ext's driver.

Where it is false, tests of what only that driver knows are skipped: uptime, the console log that
outlives its guest, the domain's metadata.
'''),
    cfg.BoolOpt(
        'console',
        default=True,
        help='''
Whether to test the console log.

Related options:

* ``[compute-feature-enabled] serial_console``: also test the serial console beside it. Nova's
  serial proxy must be reachable from here.
'''),
    cfg.StrOpt(
        'domain_xml_command',
        help='''
A command that prints the live XML of a server's libvirt domain. Without it, the tests of the
domain's metadata are skipped.

It is split into words as a shell would, and run without one. In each word, ``{host}`` stands for
the name of the compute host and ``{server_id}`` for the UUID of the server.

Possible values:

* such as ``ssh root@{host} virsh dumpxml {server_id}``
'''),
    cfg.BoolOpt(
        'change_hosts',
        default=False,
        help='''
Whether tests may disable the compute service of one host, and put the host into a host aggregate
of their own, for some seconds each. The scheduler passes over a disabled host; its servers are
left alone. No test forces a host down, which may make others evacuate it.
'''),
    cfg.StrOpt(
        'min_version',
        help='''
The lowest version of nova-ext's API that is tested.

Possible values:

* unset: the lowest that the cloud serves
* a version, such as ``1.1``
'''),
    cfg.StrOpt(
        'max_version',
        default='latest',
        help='''
The highest version of nova-ext's API that is tested.

Possible values:

* ``latest``: the highest that the cloud serves
* a version, such as ``1.0``
'''),
]
