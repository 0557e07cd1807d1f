"""A volume of the sandbox (`up --volumes`), and servers that have one."""

from __future__ import annotations

import itertools
from typing import Any

from sandbox.client.api import Api, ApiError, wait_for
from sandbox.client.guest import Guest

_NUMBERS = itertools.count(1)

# What a volume is while cinder or a server does something with it.
_BUSY = {'attaching', 'creating', 'detaching', 'downloading', 'in-use', 'reserved'}

# Cinder 29 takes newer ones, too; this one has all that is used here.
_VERSION = {'OpenStack-API-Version': 'volume 3.70'}


class Volume:
    """A volume in the pool of the sandbox's Ceph."""

    def __init__(self, api: Api, volume_id: str) -> None:
        self.api = api
        self.id = volume_id

    @classmethod
    def create(
            cls, api: Api, *, image: str = '', size: int = 1, name: str = '', wait: bool = True,
            **fields: Any) -> Volume:
        """Make a volume.

        :param image: name of the image that it begins as; without one it is blank
        :param size: GiB
        :param wait: return when it can be used
        :param fields: more fields of the volume
        """
        if image:
            [found] = api.get(f'/v2/images?name={image}', service='glance')['images']
            fields['imageRef'] = found['id']
        made = _call(api, 'POST', '/volumes', {'volume': {
            'name': name or f'volume-{next(_NUMBERS)}', 'size': size, **fields}})
        volume = cls(api, made['volume']['id'])
        if wait:
            volume.wait_status('available')
        return volume

    def show(self) -> dict[str, Any]:
        """The volume as the API shows it."""
        return dict(_call(self.api, 'GET', f'/volumes/{self.id}')['volume'])

    def wait_status(self, status: str, timeout: float = 300) -> None:
        """Wait until the volume has that status."""

        def reached() -> bool:
            found = str(self.show()['status'])
            if found.startswith('error') and found != status:
                raise ApiError(f'volume {self.id}: {found}')
            return found == status

        wait_for(f'volume {self.id} {status}', reached, timeout, interval=0.2)

    def delete(self) -> None:
        """Delete the volume, which nobody may use any more, and wait until it is gone."""
        path = f'/volumes/{self.id}'
        # It is one that may be deleted a moment after the server is gone.
        wait_for(f'volume {self.id} is free', lambda: self.show()['status'] not in _BUSY)
        _call(self.api, 'DELETE', path)
        wait_for(f'volume {self.id} deleted',
                 lambda: _request(self.api, 'GET', path).status_code == 404, interval=0.2)

    def as_root(self) -> dict[str, Any]:
        """What Guest.boot takes for a server that has this volume as its root disk.

        The volume stays when the server is deleted.
        """
        return {'image': None, 'block_device_mapping_v2': [{
            'boot_index': 0, 'source_type': 'volume', 'destination_type': 'volume',
            'uuid': self.id, 'delete_on_termination': False}]}

    def attach(self, guest: Guest, **fields: Any) -> str:
        """Attach the volume to a server, wait until that is done, and return the device.

        :param fields: more fields of the attachment, such as ``tag``
        """
        made = self.api.call('POST', f'/servers/{guest.id}/os-volume_attachments', {
            'volumeAttachment': {'volumeId': self.id, **fields}})
        self.wait_status('in-use')
        guest.wait_settled()
        return str(made['volumeAttachment']['device'])

    def detach(self, guest: Guest) -> None:
        """Detach the volume from a server and wait until it can be used again."""
        self.api.call('DELETE', f'/servers/{guest.id}/os-volume_attachments/{self.id}')
        self.wait_status('available')
        guest.wait_settled()

    def swap(self, guest: Guest, other: Volume) -> None:
        """Have Nova copy this volume, which a server uses, to another and use that instead.

        Nova does so only for a volume that cinder moves or, as we pretend, has moved before.
        """
        _call(self.api, 'POST', f'/volumes/{self.id}/action', {
            'os-reset_status': {'migration_status': 'success'}})
        self.api.call('PUT', f'/servers/{guest.id}/os-volume_attachments/{self.id}', {
            'volumeAttachment': {'volumeId': other.id}})
        other.wait_status('in-use')
        self.wait_status('available')
        guest.wait_settled()


def _call(api: Api, method: str, path: str, body: Any = None) -> Any:
    return api.call(method, path, body, service='cinder', headers=_VERSION)


def _request(api: Api, method: str, path: str) -> Any:
    return api.request(method, path, service='cinder', headers=_VERSION)
