# SPDX-License-Identifier: Apache-2.0
"""Clients that others wrote, in two ages, over Nova's own API with nova-ext on loopback."""
