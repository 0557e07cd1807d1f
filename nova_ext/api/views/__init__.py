# SPDX-License-Identifier: Apache-2.0
"""From objects to the bodies of responses, one file for each resource."""
