# SPDX-License-Identifier: Apache-2.0
"""Debian packages of nova-ext: how they are built and of what."""
