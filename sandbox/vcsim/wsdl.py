"""Writes the description of vSphere's SOAP interface, made of the type tables of pyVmomi.

A vCenter serves it, and oslo.vmware reads it there; the simulator has none. Run with a Python
that has pyVmomi: ``python -m sandbox.vcsim.wsdl FILE``.
"""

import functools
import pathlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.sax.saxutils import quoteattr

from pyVmomi import VmomiSupport

NAMESPACE = 'urn:vim25'

#: vSphere's basic types that XML Schema has, too.
_BASIC = {
    **{name: name for name in (
        'string', 'boolean', 'int', 'long', 'short', 'byte', 'double', 'float', 'anyType')},
    'vmodl.DateTime': 'dateTime', 'vmodl.URI': 'anyURI', 'vmodl.Binary': 'base64Binary',
    'vmodl.TypeName': 'string', 'vmodl.MethodName': 'string', 'vmodl.PropertyPath': 'string',
    'vmodl.Any': 'anyType', 'type': 'string'}

_FAULT = 'vmodl.MethodFault'

#: What the tables leave out, because pyVmomi makes it by hand.
_BY_HAND = (
    ('vmodl.DynamicData', 'DynamicData', '', ()),
    (_FAULT, 'MethodFault', 'vmodl.DynamicData', (
        ('faultCause', _FAULT, '', VmomiSupport.F_OPTIONAL),
        ('faultMessage', 'vmodl.LocalizableMessage[]', '', VmomiSupport.F_OPTIONAL))),
    ('vmodl.RuntimeFault', 'RuntimeFault', _FAULT, ()),
    ('vmodl.LocalizedMethodFault', 'LocalizedMethodFault', 'vmodl.DynamicData', (
        ('fault', 'the fault itself', '', 0),
        ('localizedMessage', 'string', '', VmomiSupport.F_OPTIONAL))))


class Interface:
    """The types and methods of vSphere."""

    def __init__(self) -> None:
        self._data = {data[0]: (data[1], data[2], data[4] or ())
                      for data in _own(VmomiSupport._dataDefMap)}
        self._data |= {name: (short, base, properties)
                       for name, short, base, properties in _BY_HAND}
        self._enums = {enum[0]: (enum[1], enum[3]) for enum in _own(VmomiSupport._enumDefMap)}
        self._managed = {managed[0]: managed for managed in _own(VmomiSupport._managedDefMap)}

    def document(self) -> str:
        """The whole of it."""
        methods = {method[1]: method for managed in self._managed.values()
                   for method in managed[5] or ()}
        return '\n'.join((
            f'<definitions targetNamespace="{NAMESPACE}" xmlns:vim25="{NAMESPACE}" '
            'xmlns="http://schemas.xmlsoap.org/wsdl/" '
            'xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" '
            'xmlns:xsd="http://www.w3.org/2001/XMLSchema">',
            f'<types><xsd:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified">',
            '<xsd:complexType name="ManagedObjectReference"><xsd:simpleContent>'
            '<xsd:extension base="xsd:string"><xsd:attribute name="type" type="xsd:string"/>'
            '</xsd:extension></xsd:simpleContent></xsd:complexType>',
            *map(self._complex, self._data), *self._simple(), *self._arrays(),
            *map(self._elements, methods.values()), '</xsd:schema></types>',
            *map(_messages, methods), '<portType name="VimPortType">', *map(_port, methods),
            '</portType><binding name="VimBinding" type="vim25:VimPortType"><soap:binding '
            'style="document" transport="http://schemas.xmlsoap.org/soap/http"/>',
            *map(_binding, methods), '</binding><service name="VimService">'
            '<port binding="vim25:VimBinding" name="VimPort">'
            '<soap:address location="https://localhost/sdk"/></port></service></definitions>'))

    def _complex(self, name: str) -> str:
        short, base, properties = self._data[name]
        sequence = f'<xsd:sequence>{self._fields(properties)}</xsd:sequence>'
        if base in self._data:
            sequence = (f'<xsd:complexContent><xsd:extension base="{self._type(base)}">{sequence}'
                        '</xsd:extension></xsd:complexContent>')
        return f'<xsd:complexType name="{short}">{sequence}</xsd:complexType>'

    def _simple(self) -> Iterator[str]:
        for short, values in self._enums.values():
            yield (f'<xsd:simpleType name="{short}"><xsd:restriction base="xsd:string">'
                   + ''.join(f'<xsd:enumeration value={quoteattr(value)}/>' for value in values)
                   + '</xsd:restriction></xsd:simpleType>')

    def _arrays(self) -> Iterator[str]:
        """What properties of managed objects that are lists come as."""
        made = set()
        for name in (*_BASIC, *self._data, *self._enums, *self._managed):
            prefixed = self._type(name)
            item = prefixed.partition(':')[2]
            array = f'ArrayOf{item[0].upper()}{item[1:]}'
            if array not in made and name != 'the fault itself':
                made.add(array)
                yield (f'<xsd:complexType name="{array}"><xsd:sequence><xsd:element name="'
                       f'{item}" type="{prefixed}" minOccurs="0" maxOccurs="unbounded"/>'
                       '</xsd:sequence></xsd:complexType>')

    def _elements(self, method: Sequence[Any]) -> str:
        """A request and an answer."""
        name, parameters, result = method[1], method[3], method[4]
        returned = next((kind for kind in reversed(result[1:3]) if kind != 'void'), None)
        answer = '' if returned is None else self._field('returnval', returned, result[0])
        this = '<xsd:element name="_this" type="vim25:ManagedObjectReference"/>'
        return ''.join(
            f'<xsd:element name="{element}"><xsd:complexType><xsd:sequence>{content}'
            '</xsd:sequence></xsd:complexType></xsd:element>'
            for element, content in (
                (name, this + self._fields(parameters)), (f'{name}Response', answer)))

    def _fields(self, properties: Iterable[Sequence[Any]]) -> str:
        return ''.join(self._field(one[0], one[1], one[3]) for one in properties)

    def _field(self, name: str, kind: str, flags: int) -> str:
        item = kind.removesuffix('[]')
        prefixed = ('vim25:MethodFault' if item == 'the fault itself' else
                    'vim25:LocalizedMethodFault' if self._is_fault(item) else self._type(item))
        optional = ' minOccurs="0"' if flags & VmomiSupport.F_OPTIONAL else ''
        many = '' if item == kind else ' maxOccurs="unbounded"'
        return f'<xsd:element name="{name}" type="{prefixed}"{optional}{many}/>'

    def _type(self, name: str) -> str:
        """A type in the words of the document."""
        if name in _BASIC:
            return f'xsd:{_BASIC[name]}'
        if name in self._data:
            return f'vim25:{self._data[name][0]}'
        if name in self._enums:
            return f'vim25:{self._enums[name][0]}'
        return 'vim25:ManagedObjectReference'

    @functools.cache  # noqa: B019
    def _is_fault(self, name: str) -> bool:
        return name == _FAULT or (
            name in self._data and self._is_fault(self._data[name][1]))


def _own(table: dict[str, Any]) -> Iterator[Sequence[Any]]:
    """What of a table is vCenter's and not another product's."""
    for name in table:
        entry = table[name]
        version = entry[2] if table is VmomiSupport._enumDefMap else entry[3]
        if VmomiSupport.GetInternedWsdlNamespace(version) == NAMESPACE:
            yield entry


def _messages(method: str) -> str:
    return ''.join(
        f'<message name="{message}"><part name="parameters" element="vim25:{element}"/></message>'
        for message, element in ((f'{method}RequestMsg', method),
                                 (f'{method}ResponseMsg', f'{method}Response')))


def _port(method: str) -> str:
    return (f'<operation name="{method}"><input message="vim25:{method}RequestMsg"/>'
            f'<output message="vim25:{method}ResponseMsg"/></operation>')


def _binding(method: str) -> str:
    body = '<soap:body use="literal"/>'
    return (f'<operation name="{method}"><soap:operation soapAction="{NAMESPACE}/6.5" '
            f'style="document"/><input>{body}</input><output>{body}</output></operation>')


if __name__ == '__main__':
    pathlib.Path(sys.argv[1]).write_text(Interface().document())
