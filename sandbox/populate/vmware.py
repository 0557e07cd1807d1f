"""The image that servers on VMware are booted from."""

import pathlib
import subprocess
import tempfile

from sandbox.populate.api import Cloud
from sandbox.populate.resources import upload

NAME = 'iso'


def run(cloud: Cloud) -> None:
    """Make an image of a CD-ROM with nothing on it, which only hosts with VMware can boot."""
    with tempfile.TemporaryDirectory() as folder:
        content, image = pathlib.Path(folder, 'content'), pathlib.Path(folder, 'image')
        content.mkdir()
        subprocess.run(
            ['genisoimage', '-quiet', '-o', str(image), str(content)], check=True, timeout=60)
        upload(cloud, NAME, image.read_bytes(), container_format='bare', disk_format='iso',
               img_hv_type='vmware')
