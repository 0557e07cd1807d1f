# SPDX-License-Identifier: Apache-2.0
"""All of Nova's private parts that nova-ext uses, each module with the accessors and their checks.

``api.py`` is for nova-api, ``database.py`` for Nova's databases, ``compute.py`` for RPC and the
compute manager, ``libvirt*.py`` for Nova's libvirt driver, ``vmware.py`` for its VMware driver,
``ironic.py`` for its ironic driver.
A packaging test reads what is listed there in each release that ``sandbox/requirements`` has pins
for, and fails when it is anything else.
"""
