# SPDX-License-Identifier: Apache-2.0
"""Which of Nova's services a host runs, and which configuration files each of them reads."""
