# SPDX-License-Identifier: Apache-2.0
"""What the build of the API reference does beside os-api-ref."""
