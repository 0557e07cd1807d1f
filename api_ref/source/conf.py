# SPDX-License-Identifier: Apache-2.0
"""How the API reference is built, by os-api-ref."""

from __future__ import annotations

import pathlib
import sys
import warnings

from nova_ext.api import microversions

# What Nova's libraries say of their own future hides what Sphinx says of the pages.
warnings.simplefilter('ignore')
# For api_ref.ext; last, so that nova_ext is the installed one, with its entry points.
sys.path.append(str(pathlib.Path(__file__).resolve().parents[2]))

project = 'nova-ext API reference'
copyright = '2026, the nova-ext developers'

extensions = [
    'openstackdocstheme',
    'os_api_ref',
    'api_ref.ext.routes',
]

html_theme = 'openstackdocs'
html_theme_options = {'sidebar_mode': 'toc'}
openstackdocs_auto_name = False
openstackdocs_use_storyboard = False
pygments_style = 'native'

os_api_ref_min_microversion = microversions.MIN_VERSION
os_api_ref_max_microversion = microversions.MAX_VERSION
