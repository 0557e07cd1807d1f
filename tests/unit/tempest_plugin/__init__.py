# SPDX-License-Identifier: Apache-2.0
"""Tests of the Tempest plugin that need no Tempest."""
