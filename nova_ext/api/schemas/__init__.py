# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of what requests may carry, one file a noun, compiled when they are imported."""
