# SPDX-License-Identifier: Apache-2.0
"""Unit tests: testtools test cases that stestr finds and runs in parallel."""

import os

import hypothesis

# Before Nova is imported: up to Nova 31 an import of its API turns threads into green ones.
os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = '1'

# A busy machine may take long over any example.
hypothesis.settings.register_profile('unit', deadline=None)
hypothesis.settings.load_profile('unit')
