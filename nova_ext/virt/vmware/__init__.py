# SPDX-License-Identifier: Apache-2.0
"""The truth about virtual machines that vSphere runs."""
