"""Users, projects and the service catalog."""

from sandbox import settings
from sandbox.populate.api import Cloud

# service type: the name of the service, which is also its key in settings.ENDPOINTS
CATALOG = {
    'compute': 'nova', 'image': 'glance', 'network': 'neutron', 'placement': 'placement',
}
INTERFACES = ('public', 'internal', 'admin')


def run(cloud: Cloud, *extra: str) -> None:
    """Make every identity; the admin user comes from keystone's bootstrap.

    :param extra: ``volumes`` and ``ironic`` in a cloud that has them
    """
    users, catalog = list(settings.SERVICE_USERS), dict(CATALOG)
    if 'volumes' in extra:
        users.append(settings.CINDER)
        catalog['volumev3'] = settings.CINDER
    if 'ironic' in extra:
        users.append(settings.IRONIC)
        catalog['baremetal'] = settings.IRONIC
    roles = {name: cloud.ensure('identity', '/roles', 'role', name)['id']
             for name in ('admin', 'member', 'reader', 'service')}  # keystone 22 has no service
    for user in users:
        _user(cloud, user, 'service', [roles['admin'], roles['service']])
    for persona, (user, project) in settings.PERSONAS.items():
        if persona != 'admin':
            _user(cloud, user, project, [roles[persona]])
    for kind, name in catalog.items():
        _service(cloud, kind, name)


def _user(cloud: Cloud, name: str, project: str, roles: list[str]) -> None:
    owner = cloud.ensure('identity', '/projects', 'project', project, domain_id='default')
    user = cloud.ensure(
        'identity', '/users', 'user', name, domain_id='default', password=settings.PASSWORD,
        default_project_id=owner['id'])
    for role in roles:
        cloud.request(
            'PUT', 'identity', f'/projects/{owner["id"]}/users/{user["id"]}/roles/{role}')


def _service(cloud: Cloud, kind: str, name: str) -> None:
    service = cloud.ensure('identity', '/services', 'service', kind, key='type', name=name)
    for interface in INTERFACES:
        cloud.ensure(
            'identity', f'/endpoints?service_id={service["id"]}', 'endpoint', interface,
            key='interface', service_id=service['id'], url=settings.ENDPOINTS[name],
            region_id=settings.REGION)
