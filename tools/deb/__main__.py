# SPDX-License-Identifier: Apache-2.0
"""Builds the Debian packages of this checkout, or of an unpacked archive of it: `make deb`."""

from __future__ import annotations

import argparse
import pathlib
import sys

from sandbox import settings
from sandbox.errors import SandboxError
from tools.deb import build


def main() -> int:
    """Build, and print what was built."""
    parser = argparse.ArgumentParser(prog='python3 -m tools.deb', description=__doc__)
    parser.add_argument('--output', type=pathlib.Path, default=settings.CHECKOUT / 'dist',
                        metavar='FOLDER', help='where the packages go')
    options = parser.parse_args()
    try:
        for package in build.build(settings.CHECKOUT, options.output.resolve()):
            print(package)
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
