# SPDX-License-Identifier: Apache-2.0
"""The command line of ``nova-ext-status``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from oslo_config import cfg


class Options(cfg.ConfigOpts):
    """The command's own options: no file is read for them, and so none can stop it."""

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Read the command line that oslo.upgradecheck passes as ``args``."""
        super().__call__(kwargs['args'], project='nova', prog='nova-ext-status',
                         default_config_files=[], default_config_dirs=[])


def split(words: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The files that are to be read, in their order, and the other words.

    :returns: ``('file', path)`` for each ``--config-file``, ``('dir', path)`` for each
        ``--config-dir``; and the rest
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument('--config-file', '--config-dir', dest='named', action=_Named, default=[])
    options, rest = parser.parse_known_args(words)
    return options.named, rest


class _Named(argparse.Action):
    """Notes which of the options it was."""

    def __call__(self, parser: Any, namespace: Any, values: Any, name: Any = None) -> None:
        kind = str(name).rpartition('-')[2]
        namespace.named = [*namespace.named, (kind, os.path.abspath(values))]
