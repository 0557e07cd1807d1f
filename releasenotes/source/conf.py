# SPDX-License-Identifier: Apache-2.0
"""How the release notes are built, by reno from ``releasenotes/notes``."""

project = 'nova-ext release notes'
copyright = '2026, the nova-ext developers'

extensions = [
    'openstackdocstheme',
    'reno.sphinxext',
]

html_theme = 'openstackdocs'
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_use_storyboard = False
pygments_style = 'native'

# One build holds the notes of all releases.
release = ''
version = ''
