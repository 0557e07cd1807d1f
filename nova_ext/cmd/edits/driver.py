# SPDX-License-Identifier: Apache-2.0
"""``[DEFAULT] compute_driver`` in one of Nova's configuration files."""

from __future__ import annotations

from typing import Optional

from nova_ext.cmd.edits import addition, lines

#: Each driver of nova-ext, and the one of Nova's that it takes the place of.
DRIVERS = {
    'nova_ext.LibvirtDriver': 'libvirt.LibvirtDriver',
    'nova_ext.IronicDriver': 'ironic.IronicDriver',
    'nova_ext.VMwareDriver': 'vmwareapi.VMwareVCDriver',
}

_OPTION = 'compute_driver'

#: Above an option that was not there before; how it is known again.
_MARK = '# Added by nova-ext-setup; "nova-ext-setup disable compute" takes it away.'


def enabled(driver: str) -> Optional[str]:
    """nova-ext's driver for one of Nova's; None: it has none."""
    return {novas: ours for ours, novas in DRIVERS.items()}.get(driver)


def replace(text: str, old: str, new: str) -> str:
    """Put another driver where the last ``compute_driver`` of a file is, and nothing else.

    :raises ValueError: the file has none with that value
    """
    start, end = lines.value_of(text, 'DEFAULT', _OPTION)
    if old not in text[start:end]:
        raise ValueError(f'there is no {_OPTION} = {old}')
    return text[:start] + text[start:end].replace(old, new, 1) + text[end:]


def add(text: str, driver: str) -> str:
    """Set ``compute_driver`` in a file that does not."""
    added = [_MARK, f'{_OPTION} = {driver}']
    end = lines.newline_of(text)
    for line in lines.read(text):
        if line.is_header and line.section == 'DEFAULT':
            return text[:line.value_end] + ''.join(end + one for one in added) + (
                text[line.value_end:])
    return addition.append(text, ['[DEFAULT]', *added])


def remove(text: str, driver: str) -> str:
    """Take away what :func:`add` has added; the same text: it has added nothing."""
    added = [_MARK, f'{_OPTION} = {driver}']
    end = lines.newline_of(text)
    changed = addition.remove(text, ['[DEFAULT]', *added])
    if changed == text:
        changed = text.replace(''.join(end + one for one in added), '', 1)
    return changed
