# SPDX-License-Identifier: Apache-2.0
"""All of Nova's private parts that nova-ext uses, each module with the accessors and their checks.

``api.py`` is for nova-api, ``database.py`` for Nova's databases, ``compute.py`` for RPC and the
compute manager, ``libvirt*.py`` for Nova's libvirt driver, ``vmware.py`` for its VMware driver,
``ironic.py`` for its ironic driver.
What is listed there was read in Nova 26, 29, 31, 33 and 34; a test per release fails when it is
anything else.
"""
