# SPDX-License-Identifier: Apache-2.0
"""The tests: ``api/`` asks, ``scenario/`` does something to servers or hosts and looks."""
