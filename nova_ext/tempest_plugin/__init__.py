# SPDX-License-Identifier: Apache-2.0
"""Tempest's tests of nova-ext, from outside, against any cloud.

Imports neither Nova nor the rest of nova-ext: it also runs where neither is installed.
"""
