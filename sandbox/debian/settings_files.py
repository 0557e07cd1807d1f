"""Edits files of settings as an administrator would: what is not changed stays as it is."""

import re
from collections.abc import Mapping

Options = Mapping[str, Mapping[str, str]]


def set_options(text: str, options: Options) -> str:
    """Return an INI file in which options have these values.

    :param options: values by option by section. Each goes after its section's heading, in the
        place of the line that sets it now
    """
    lines = text.splitlines()
    for section, values in options.items():
        if f'[{section}]' not in lines:
            lines += ['', f'[{section}]']
        begin = lines.index(f'[{section}]') + 1
        end = next((number for number in range(begin, len(lines)) if lines[number][:1] == '['),
                   len(lines))
        body = [line for line in lines[begin:end] if _name(line) not in values]
        lines[begin:end] = [*(f'{name} = {value}' for name, value in values.items()), *body]
    return '\n'.join([*lines, ''])


def add_settings(text: str, wanted: str) -> str:
    """Return a file without sections, such as libvirt's, to which the settings are added.

    What the file sets itself stays as it is.
    """
    present = {_name(line) for line in text.splitlines()}
    added = [line for line in wanted.splitlines() if _name(line) not in present]
    return '\n'.join([text.rstrip('\n'), *added, ''])


def _name(line: str) -> str | None:
    """What a line sets; None when it sets nothing."""
    found = re.match(r'([\w.-]+)\s*=', line)
    return found[1] if found else None
