# SPDX-License-Identifier: Apache-2.0
"""The truth about bare metal that ironic manages."""
