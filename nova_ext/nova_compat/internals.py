# SPDX-License-Identifier: Apache-2.0
"""What of Nova's is private, and whether it is still as nova-ext knows it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

from oslo_utils import importutils


@dataclasses.dataclass(frozen=True)
class Internal:
    """One thing of Nova's that is no public interface."""

    #: Dotted path of the module.
    module: str
    #: Attribute of the module, with dots where it is inside a class.
    name: str
    #: Parameters that are passed by these names or relied on in this order.
    parameters: tuple[str, ...] = ()
    #: Text that the source must hold, where the name alone tells too little.
    source: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Where it is, dotted."""
        return f'{self.module}.{self.name}'

    def differences(self) -> Iterator[Difference]:
        """How it differs in the Nova that is installed."""
        try:
            found = self._find()
        except (ImportError, AttributeError) as error:
            yield Difference(f'{self.path} is gone: {error}.', is_gone=True)
            return
        if self.parameters:
            present = tuple(inspect.signature(inspect.unwrap(found)).parameters)
            if present[:len(self.parameters)] != self.parameters:
                yield Difference(f'{self.path} takes {present}, not {self.parameters} first.')
        if self.source:
            text = inspect.getsource(inspect.unwrap(found))
            for fragment in self.source:
                if fragment not in text:
                    yield Difference(f'{self.path} does not hold {fragment!r} any more.')

    def _find(self) -> Any:
        found = importutils.import_module(self.module)
        for name in self.name.split('.'):
            found = getattr(found, name)
        return found


@dataclasses.dataclass(frozen=True)
class Difference:
    """How something of Nova's is not as nova-ext knows it."""

    #: A sentence.
    text: str
    #: Whether it does not exist at all. What was only wrapped or rewritten, by a patch of a
    #: distribution for example, may still do what nova-ext needs of it.
    is_gone: bool = False
