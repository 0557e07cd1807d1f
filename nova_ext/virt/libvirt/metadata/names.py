# SPDX-License-Identifier: Apache-2.0
"""Names that people gave, as XML can carry them.

What XML has no way to express would keep Nova from making a guest's configuration at all. Nova's
API lets no such name through, but keystone's names of users and projects are not held to its
rules.
"""

from __future__ import annotations

import re
from typing import Any

#: What XML 1.0 cannot carry, not even as a character reference.
_UNFIT = re.compile('[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')

_REPLACEMENT = '\ufffd'

#: Objects of Nova's configuration are looked into; its records are not to be changed.
_CONFIGURATION = 'nova.virt.'


def fit(text: str) -> str:
    """The text with U+FFFD for each character that XML cannot carry."""
    return _UNFIT.sub(_REPLACEMENT, text)


def fit_all(value: Any) -> Any:
    """The value with all text in it fit for XML.

    :param value: text, a container, or an object of Nova's configuration, which is changed in
        place; whatever it refers to beside other such objects is not
    """
    if isinstance(value, str):
        return fit(value)
    if isinstance(value, dict):
        return {fit_all(key): fit_all(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [fit_all(item) for item in value]
    if type(value).__module__.startswith(_CONFIGURATION):
        for name, item in vars(value).items():
            setattr(value, name, fit_all(item))
    return value
