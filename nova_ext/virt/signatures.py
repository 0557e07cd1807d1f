# SPDX-License-Identifier: Apache-2.0
"""The signatures of the overrides, which are those of the Nova that is installed."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any

#: The first parameter of every method.
_SELF = inspect.Parameter('self', inspect.Parameter.POSITIONAL_OR_KEYWORD)


def adopt(mixin: type, stock: type) -> None:
    """Give each override the signature of what it overrides, for whoever asks with ``inspect``.

    What an override takes does not change: it passes on to Nova what it does not name.

    :param mixin: has the overrides, or its bases have
    :param stock: Nova's class
    """
    for name, override in _functions(mixin):
        if hasattr(stock, name):
            override.__signature__ = _signature(stock, name)


def _functions(mixin: type) -> Iterator[tuple[str, Any]]:
    """The methods of a class and of its bases, those of one name each, by their names."""
    for kind in mixin.__mro__:
        for name, value in vars(kind).items():
            if isinstance(value, FunctionType):
                yield name, value


def _signature(stock: type, name: str) -> inspect.Signature:
    """The signature of a method, as that of a function with ``self``."""
    signature = inspect.signature(getattr(stock, name))
    if isinstance(inspect.getattr_static(stock, name), (staticmethod, classmethod)):
        signature = signature.replace(parameters=[_SELF, *signature.parameters.values()])
    return signature
