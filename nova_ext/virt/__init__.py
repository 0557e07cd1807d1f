# SPDX-License-Identifier: Apache-2.0
"""The compute half: what is mixed into Nova's virtualisation drivers."""
