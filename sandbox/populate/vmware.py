"""The image that servers on VMware are booted from."""

import pathlib
import subprocess
import tempfile

import requests
import urllib3

from sandbox import settings
from sandbox.populate.api import Cloud
from sandbox.populate.resources import upload

NAME = 'iso'


#: Where vCenter keeps files, by its names.
_DATASTORE = {'dcPath': 'DC0', 'dsName': 'LocalDS_0'}


def run(cloud: Cloud, fetched_by: str = '') -> None:
    """Make an image of a CD-ROM with nothing on it, which only hosts with VMware can boot.

    :param fetched_by: address of a host to whose vCenter the image goes, too, as if its
        nova-compute had fetched it; empty: it will do so itself
    """
    with tempfile.TemporaryDirectory() as folder:
        content, image = pathlib.Path(folder, 'content'), pathlib.Path(folder, 'image')
        content.mkdir()
        subprocess.run(
            ['genisoimage', '-quiet', '-o', str(image), str(content)], check=True, timeout=60)
        image_id = upload(
            cloud, NAME, image.read_bytes(), container_format='bare', disk_format='iso',
            img_hv_type='vmware')
        if fetched_by:
            _keep(fetched_by, image_id, image.read_bytes())


def _keep(address: str, image_id: str, content: bytes) -> None:
    """Put an image where the nova-compute of a host keeps those that it has fetched."""
    urllib3.disable_warnings()
    requests.put(
        f'https://{address}:{settings.VCENTER_PORT}/folder/{address}_base/{image_id}/'
        f'{image_id}.iso', params=_DATASTORE, data=content, timeout=60,
        verify=False,  # noqa: S501
    ).raise_for_status()
