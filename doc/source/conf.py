# SPDX-License-Identifier: Apache-2.0
"""How the documentation is built: ``make docs``, in which warnings are errors."""

project = 'nova-ext'
copyright = '2026, the nova-ext developers'

extensions = [
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'sphinx.ext.autodoc',
]

html_theme = 'openstackdocs'
openstackdocs_repo_name = 'openstack/nova-ext'
openstackdocs_auto_name = False
openstackdocs_use_storyboard = False
pygments_style = 'native'

exclude_patterns: list[str] = []
add_module_names = False
modindex_common_prefix = ['nova_ext.']
