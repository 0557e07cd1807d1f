# SPDX-License-Identifier: Apache-2.0
"""The ``[nova_ext]`` options, in the files that Nova reads anyway."""

from nova_ext.conf.options import register_opts

__all__ = ['register_opts']
