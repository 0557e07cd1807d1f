# SPDX-License-Identifier: Apache-2.0
"""What an answer costs, against stock Nova in the same run: `make bench`."""
