# SPDX-License-Identifier: Apache-2.0
"""Nova's own driver for VMware with nova-ext, against a simulated vCenter."""
