# SPDX-License-Identifier: Apache-2.0
"""How the documentation is built: ``make docs``, in which warnings are errors."""

import pathlib
import sys
import warnings

# What the libraries say of their own future hides what Sphinx says of the pages.
warnings.simplefilter('ignore')
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'ext'))

project = 'nova-ext'
copyright = '2026, the nova-ext developers'

extensions = [
    'openstackdocstheme',
    'cliff.sphinxext',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'object_fields',
]

html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_use_storyboard = False
pygments_style = 'native'

