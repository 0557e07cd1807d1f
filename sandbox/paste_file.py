"""Puts a filter into Nova's api-paste.ini, as an operator would by hand."""

import re

COMPOSITES = ('openstack_compute_api_v21', 'openstack_compute_api_v21_legacy_v2_compatible')


def add_filter(text: str, name: str, use: str) -> str:
    """Return the file with a filter last before the app in both compute pipelines.

    :param name: of the filter's section
    :param use: what PasteDeploy loads, e.g. "egg:nova-ext#nova_ext"
    """
    section = None
    changed = set()
    lines = []
    for line in text.splitlines():
        header = re.fullmatch(r'\[composite:(\w+)\]|\[.*\]', line.strip())
        if header:
            section = header[1]
        if section in COMPOSITES and re.match(r'keystone\s*=', line):
            before, _, app = line.rstrip().rpartition(' ')
            line = f'{before} {name} {app}'
            changed.add(section)
        lines.append(line)
    missing = set(COMPOSITES) - changed
    if missing:
        raise ValueError(f'no pipeline "keystone = ..." in {", ".join(sorted(missing))}')
    return '\n'.join([*lines, '', f'[filter:{name}]', f'use = {use}', ''])
