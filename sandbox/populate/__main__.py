"""Runs one part of the population; see the package's docstring."""

import sys
from collections.abc import Callable

from sandbox.populate import computes, identities, ironic, resources, vmware
from sandbox.populate.api import Cloud

PARTS: dict[str, Callable[..., None]] = {
    'identities': identities.run, 'resources': resources.run, 'computes': computes.run,
    'vmware': vmware.run, 'ironic': ironic.run}

PARTS[sys.argv[1]](Cloud(), *sys.argv[2:])
