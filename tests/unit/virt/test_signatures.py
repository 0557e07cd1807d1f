# SPDX-License-Identifier: Apache-2.0
"""The signatures that overrides show."""

from __future__ import annotations

import inspect
import types
from typing import Any

from nova.virt.libvirt import driver as nova_driver

from nova_ext.virt import signatures
from nova_ext.virt.libvirt import driver
from tests.unit import base


class Stock:
    def __init__(self, virtapi: Any, read_only: bool = False) -> None:
        """A constructor."""

    def reboot(self, context: Any, *, share_info: Any = None) -> None:
        """A method."""

    @staticmethod
    def get_path(instance: Any) -> None:
        """A method that is called without an object."""

    @classmethod
    def get_metadata(cls, instance: Any) -> None:
        """A method that is called with the class."""


class RebootMixin:
    def reboot(self, context: Any, *args: Any, **kwargs: Any) -> Any:
        return context, args, kwargs


class Mixin(RebootMixin):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take whatever comes."""

    def reboot(self, *args: Any, **kwargs: Any) -> Any:
        return super().reboot(*args, **kwargs)

    def get_path(self, *args: Any) -> None:
        """Return a path."""

    def get_metadata(self, *args: Any) -> None:
        """Return metadata."""

    def our_own(self, *args: Any) -> None:
        """Do what Nova has no name for."""


class TestAdopt(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        signatures.adopt(Mixin, Stock)

    def test_overrides_have_the_signatures_of_what_they_override(self) -> None:
        for kind in (Mixin, RebootMixin):
            self.assertEqual(inspect.signature(Stock.reboot), inspect.signature(kind.reboot))
        self.assertEqual(inspect.signature(Stock), inspect.signature(Mixin))

    def test_overrides_of_methods_without_an_object_are_called_alike(self) -> None:
        for name in ('get_path', 'get_metadata'):
            self.assertEqual(inspect.signature(getattr(Stock, name)),
                             inspect.signature(getattr(Mixin(), name)))

    def test_what_is_called_goes_on_taking_whatever_comes(self) -> None:
        self.assertEqual(('context', ('more',), {'share_info': 1, 'new': 2}),
                         Mixin().reboot('context', 'more', share_info=1, new=2))

    def test_what_overrides_nothing_keeps_its_signature(self) -> None:
        self.assertEqual(['self', 'args'], list(inspect.signature(Mixin.our_own).parameters))


def overrides() -> dict[str, list[Any]]:
    """Return the functions that override each method of the driver of the installed Nova."""
    found: dict[str, list[Any]] = {}
    for kind in driver.LibvirtMixin.__mro__[:-1]:
        for name, value in vars(kind).items():
            if inspect.isfunction(value) and hasattr(nova_driver.LibvirtDriver, name):
                found.setdefault(name, []).append(value)
    return found


def without_signature(override: Any) -> Any:
    """Return a function that takes what an override takes."""
    return types.FunctionType(
        override.__code__, {}, argdefs=override.__defaults__, closure=override.__closure__)


class TestLibvirtDriver(base.TestCase):
    """The driver over that of the Nova that is installed."""

    def test_overrides_cannot_be_told_from_novas_methods_by_their_signatures(self) -> None:
        ours, novas = (object.__new__(kind) for kind in (
            driver.LibvirtDriver, nova_driver.LibvirtDriver))
        self.assertIn('attach_interface', overrides())
        for name in overrides():
            self.assertEqual(inspect.signature(getattr(novas, name)),
                             inspect.signature(getattr(ours, name)), name)
            if not name.startswith('_'):  # with `self`, as Nova's own tests compare them
                self.assertEqual(inspect.getfullargspec(getattr(novas, name)),
                                 inspect.getfullargspec(getattr(ours, name)), name)

    def test_overrides_take_every_argument_of_their_signatures(self) -> None:
        for functions in overrides().values():
            for override in functions:
                taken = inspect.signature(without_signature(override))
                parameters = inspect.signature(override).parameters.values()
                this, *given = [parameter.name for parameter in parameters
                                if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
                by_name = {parameter.name: 1 for parameter in parameters
                           if parameter.kind is parameter.KEYWORD_ONLY}
                self.assertEqual('self', this)
                taken.bind(this, *given, **by_name)
                taken.bind(this, **dict.fromkeys(given, 1), **by_name)


class TestOverrides(base.TestCase):
    def test_each_method_of_nova_is_overridden_once(self) -> None:
        more_than_once = {
            name for name, functions in overrides().items()
            if len(functions) > 1 and name not in ('__init__',)}
        self.assertEqual(set(), more_than_once)
