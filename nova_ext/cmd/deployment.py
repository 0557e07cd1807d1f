# SPDX-License-Identifier: Apache-2.0
"""Whether nova-ext and the Nova that is installed fit together."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterator

from nova_ext import findings
from nova_ext.nova_compat import check

#: The first and the last release of Nova that nova-ext was tried with.
_FIRST, _LAST = 26, 34


def release() -> Iterator[findings.Finding]:
    """Whether the Nova that is installed is one that nova-ext knows."""
    version = importlib.metadata.version('nova')
    major = version.partition('.')[0]
    if re.fullmatch('[0-9]{1,4}', major) and _FIRST <= int(major) <= _LAST:
        yield findings.ok(f'Nova {version} is among those that nova-ext knows.')
    else:
        yield findings.warning(
            f'Nova {version} is not among the releases that nova-ext was tried with ({_FIRST} to '
            f'{_LAST}). Use a nova-ext that supports this Nova.')
    differences = check.differences()
    gone = [difference.text for difference in differences if difference.is_gone]
    changed = [difference.text for difference in differences if not difference.is_gone]
    if gone:
        yield findings.error(
            f'Nova {version} lacks what nova-ext needs: {" ".join(gone)} Use a nova-ext '
            'that supports this Nova, or undo local changes to Nova.')
    if changed:
        yield findings.warning(
            f'Nova {version} differs from what nova-ext expects: {" ".join(changed)} Use a '
            'nova-ext that supports this Nova, or look at local changes to Nova.')
