# SPDX-License-Identifier: Apache-2.0
"""The truth about guests that libvirt runs."""
