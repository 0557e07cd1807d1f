# SPDX-License-Identifier: Apache-2.0
"""Unit tests: testtools test cases that stestr finds and runs in parallel."""

import os

import hypothesis

# Before Nova is imported: up to Nova 31 an import of its API turns threads into green ones.
os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] = '1'

# Before a change lands the examples are the same each time; `make test-all` looks for new ones.
# A busy machine may take long over any of them.
hypothesis.settings.register_profile('same', deadline=None, derandomize=True)
hypothesis.settings.register_profile('new', deadline=None, max_examples=300)
hypothesis.settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'same'))
