# SPDX-License-Identifier: Apache-2.0

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any, Optional

import pytest
import webob
from nova import exception as nova_exception
from nova.api.openstack import api_version_request
from webob import exc

from nova_ext import exception
from nova_ext.api import filter as nova_ext_filter
from nova_ext.api import microversions, router
from nova_ext.api.controllers import base
from tests.unit import support

HEADER = 'OpenStack-API-Version'
LEGACY_HEADER = 'X-OpenStack-Nova-API-Version'
RANGE = f'{microversions.MIN_VERSION} and the maximum is {microversions.MAX_VERSION}'


class Stock:
    """Nova's own application, as far as the filter can tell."""

    body = (b'{"stock": true}',)

    def __init__(self) -> None:
        self.environ: Optional[dict[str, Any]] = None
        self.start_response: Optional[Callable[..., Any]] = None

    def __call__(
            self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.environ = environ
        self.start_response = start_response
        start_response('202 Accepted', [
            ('Content-Type', 'application/json'), (HEADER, 'compute 2.90'),
            (LEGACY_HEADER, '2.90'), ('Vary', HEADER), ('Vary', LEGACY_HEADER)])
        return self.body


def show(request: base.Request) -> dict[str, Any]:
    return {'caller': request.context.user_id, 'version': str(request.version),
            'path': request.path, 'query': request.query}


def app(
        handler: Callable[[base.Request], dict[str, Any]] = show,
        stock: Optional[Stock] = None) -> nova_ext_filter.Filter:
    schema = {'type': 'object', 'properties': {'name': {'type': 'array'}}}
    return nova_ext_filter.Filter(
        stock or Stock(),
        router.Router([base.Route('GET', '/things/{thing_id}', schema, handler)]))


def ask(
        application: Any, version: Optional[str], path: str = '/things/7',
        **headers: str) -> webob.Response:
    request = webob.Request.blank(path, headers=headers)
    if version is not None:
        request.headers[HEADER] = version
    request.environ['nova.context'] = support.context()
    return request.get_response(application)


def fault(response: webob.Response) -> tuple[str, int, str]:
    """The kind, code and message of a refusal in Nova's form."""
    assert response.content_type == 'application/json'
    (kind, content), = response.json_body.items()
    assert content['code'] == response.status_int
    return kind, content['code'], content['message']


def boom(error: Exception) -> Callable[[base.Request], dict[str, Any]]:
    def handler(request: base.Request) -> dict[str, Any]:
        raise error

    return handler


@pytest.mark.parametrize('version', [None, 'compute 2.90', 'compute latest', 'compute nonsense'])
@pytest.mark.parametrize('method', ['GET', 'POST'])
@pytest.mark.parametrize('path', ['/things/7', '/servers/detail'])
def test_without_a_version_of_ours_nova_gets_the_request_and_gives_the_answer_untouched(
        version: Optional[str], method: str, path: str) -> None:
    request = webob.Request.blank(
        f'{path}?a=%ff&b', method=method, headers={'Accept': 'text/plain', 'X-Odd': '\xe9'},
        body=b'{"a": 1}' if method == 'POST' else b'')
    if version is not None:
        request.headers[HEADER] = version
    environ: dict[str, Any] = request.environ
    before = copy.copy(environ)

    def start_response(*args: Any) -> None:
        started.append(args)

    started: list[tuple[Any, ...]] = []
    stock = Stock()
    body = app(stock=stock)(environ, start_response)

    assert body is Stock.body
    assert stock.start_response is start_response
    assert len(started) == 1
    assert stock.environ is environ
    # WebOb keeps a request's Python attributes there; Nova's own first request would make it too.
    assert environ.pop('webob.adhoc_attrs').keys() == {'api_version_request'}
    assert environ == before


@pytest.mark.parametrize('version', ['nova-ext 1.0', 'nova-ext 99.9', 'nova-ext nonsense'])
def test_legacy_v2_knows_no_microversions_and_is_untouched(version: str) -> None:
    request = webob.Request.blank('/things/7', headers={HEADER: version})
    request.environ['openstack.legacy_v2'] = True
    before = copy.copy(request.environ)
    stock = Stock()
    response = request.get_response(app(stock=stock))
    assert response.status_int == 202
    assert response.headers[HEADER] == 'compute 2.90'
    assert stock.environ == before


@pytest.mark.parametrize('path', ['/things/7', '/servers/detail'])
def test_a_version_that_is_not_served_is_not_acceptable(path: str) -> None:
    response = ask(app(boom(AssertionError())), 'compute 2.90, nova-ext 99.9', path)
    kind, code, message = fault(response)
    assert (kind, code) == ('computeFault', 406)
    assert '99.9' in message
    assert RANGE in message
    assert response.headers.getall('Vary') == [HEADER]


@pytest.mark.parametrize('path', ['/things/7', '/servers/detail'])
def test_a_malformed_version_is_a_bad_request(path: str) -> None:
    response = ask(app(boom(AssertionError())), 'nova-ext one', path)
    kind, code, message = fault(response)
    assert (kind, code) == ('badRequest', 400)
    assert f'nova-ext {microversions.MAX_VERSION}' in message
    assert response.headers.getall('Vary') == [HEADER]


@pytest.mark.parametrize(('asked', 'compute'), [
    ('nova-ext 1.0', '2.1'), ('compute 2.90, nova-ext 1.0', '2.90'),
    ('nova-ext 1.0, compute 2.48', '2.48'),
])
def test_an_operation_of_ours_is_answered_and_says_both_versions(
        asked: str, compute: str) -> None:
    response = ask(app(), asked, '/things/7?name=a&name=b')
    assert response.status_int == 200
    assert response.content_type == 'application/json'
    assert response.json_body == {
        'caller': 'user', 'version': '1.0', 'path': {'thing_id': '7'},
        'query': {'name': ['a', 'b']}}
    assert response.headers.getall(HEADER) == [f'compute {compute}, nova-ext 1.0']
    assert response.headers.getall(LEGACY_HEADER) == [compute]
    assert response.headers.getall('Vary') == [HEADER, LEGACY_HEADER]


def test_latest_of_both_is_named_in_numbers() -> None:
    newest = api_version_request.max_api_version().get_string()
    response = ask(app(), 'compute latest, nova-ext latest')
    assert response.headers[HEADER] == f'compute {newest}, nova-ext {microversions.MAX_VERSION}'


def test_novas_old_version_header_still_chooses_the_compute_version() -> None:
    response = ask(app(), 'nova-ext 1.0', **{LEGACY_HEADER: '2.53'})
    assert response.headers[HEADER] == 'compute 2.53, nova-ext 1.0'


def test_the_negotiated_compute_version_is_there_for_novas_request_log() -> None:
    request = webob.Request.blank('/things/7', headers={HEADER: 'compute 2.53, nova-ext 1.0'})
    request.environ['nova.context'] = support.context()
    request.get_response(app())
    version = request.environ['webob.adhoc_attrs']['api_version_request']
    assert version.get_string() == '2.53'


@pytest.mark.parametrize(('method', 'path'), [
    ('GET', '/servers/detail'), ('GET', '/things'), ('HEAD', '/things/7'), ('POST', '/things/7')])
def test_what_is_not_ours_is_novas_to_answer_and_the_version_is_added(
        method: str, path: str) -> None:
    request = webob.Request.blank(
        path, method=method, headers={HEADER: 'compute 2.90, nova-ext 1.0'})
    response = request.get_response(app(boom(AssertionError())))
    assert response.status_int == 202
    assert response.body == b'{"stock": true}'
    assert response.headers.getall(HEADER) == ['compute 2.90, nova-ext 1.0']
    assert response.headers.getall(LEGACY_HEADER) == ['2.90']
    assert response.headers.getall('Vary') == [HEADER, LEGACY_HEADER]


def test_a_malformed_compute_version_on_our_own_operation_is_a_bad_request() -> None:
    response = ask(app(boom(AssertionError())), 'compute 2.x, nova-ext 1.0')
    kind, code, message = fault(response)
    assert (kind, code) == ('badRequest', 400)
    assert '2.x' in message
    assert response.headers[HEADER] == 'nova-ext 1.0'


@pytest.mark.parametrize('version', ['2.9999', '3.0', '1.1'])
def test_a_compute_version_that_nova_does_not_serve_is_not_acceptable(version: str) -> None:
    response = ask(app(boom(AssertionError())), f'compute {version}, nova-ext 1.0')
    kind, code, message = fault(response)
    assert (kind, code) == ('computeFault', 406)
    assert version in message
    assert api_version_request.max_api_version().get_string() in message
    assert HEADER in response.headers.getall('Vary')


@pytest.mark.parametrize(('error', 'expected'), [
    (exc.HTTPNotFound(explanation='No such thing.'), ('itemNotFound', 404, 'No such thing.')),
    (exc.HTTPConflict(explanation='Not now.'), ('conflictingRequest', 409, 'Not now.')),
    (exc.HTTPServiceUnavailable(explanation='Down.'), ('serviceUnavailable', 503, 'Down.')),
    (nova_exception.PolicyNotAuthorized(action='nova_ext:things:show'),
     ('forbidden', 403, "Policy doesn't allow nova_ext:things:show to be performed.")),
    (nova_exception.InvalidInput(reason='odd'),
     ('badRequest', 400, 'Invalid input received: odd')),
])
def test_what_a_handler_refuses_is_told_in_novas_form_with_both_versions(
        error: Exception, expected: tuple[str, int, str]) -> None:
    response = ask(app(boom(error)), 'compute 2.90, nova-ext 1.0')
    assert fault(response) == expected
    assert response.headers.getall(HEADER) == ['compute 2.90, nova-ext 1.0']
    assert response.headers.getall(LEGACY_HEADER) == ['2.90']
    assert response.headers.getall('Vary') == [HEADER, LEGACY_HEADER]


def test_an_unexpected_error_is_left_to_novas_own_fault_wrapper() -> None:
    with pytest.raises(RuntimeError, match='unexpected'):
        ask(app(boom(RuntimeError('unexpected'))), 'nova-ext 1.0')


def test_an_unknown_query_parameter_is_a_bad_request() -> None:
    response = ask(app(boom(AssertionError())), 'nova-ext 1.0', '/things/7?colour=red')
    assert fault(response) == (
        'badRequest', 400, "Unknown query parameter 'colour'. Known here: name.")


def test_a_body_may_hold_any_character_and_null() -> None:
    response = ask(app(lambda request: {'name': '\xe9\u4e16', 'none': None}), 'nova-ext 1.0')
    assert json.loads(response.body.decode('utf-8')) == {'name': '\xe9\u4e16', 'none': None}


class TestNovasOperations:
    """Operations of Nova's that a controller of ours extends, or answers in Nova's stead."""

    @staticmethod
    def extending(handler: Callable[[base.Request], dict[str, Any]]) -> nova_ext_filter.Filter:
        schema = {'type': 'object', 'properties': {
            'mine': {'type': 'array', 'items': {'enum': ['a', 'b']}}}}
        return nova_ext_filter.Filter(Stock(), router.Router([base.Route(
            'GET', '/servers', schema, handler, extends_nova=True,
            query_versions={'mine': '1.1'})]))

    def test_novas_own_parameters_are_left_to_nova_as_they_are(self) -> None:
        def handler(request: base.Request) -> dict[str, Any]:
            seen.append(request)
            return {}

        seen: list[base.Request] = []
        response = ask(
            self.extending(handler), 'compute 2.53, nova-ext 1.1',
            '/servers?name=%C3%A9&mine=a&x=%zz&m%69ne=b&limit=1')
        assert response.status_int == 200
        request, = seen
        assert request.query == {'mine': ['a', 'b']}
        assert request.nova.environ['QUERY_STRING'] == 'name=%C3%A9&x=%zz&limit=1'
        assert request.nova.api_version_request.get_string() == '2.53'
        assert request.nova.environ['nova.context'] is request.context

    @pytest.mark.parametrize(('version', 'query', 'message'), [
        ('1.0', 'mine=a', "The query parameter 'mine' needs nova-ext 1.1"),
        ('1.1', 'mine=c', 'Invalid query parameter mine'),
        ('1.1', 'mine=%ff', 'cannot be read'),
    ])
    def test_a_parameter_of_ours_that_means_nothing_is_a_bad_request(
            self, version: str, query: str, message: str) -> None:
        response = ask(
            self.extending(boom(AssertionError())), f'nova-ext {version}', f'/servers?{query}')
        kind, code, text = fault(response)
        assert (kind, code) == ('badRequest', 400)
        assert message in text

    def test_the_project_in_the_path_must_be_the_callers(self) -> None:
        application = self.extending(lambda request: {'path': request.path})
        response = ask(application, 'nova-ext 1.0', f'/{support.PROJECT}/servers')
        assert response.json_body == {'path': {}}
        refused = self.extending(boom(AssertionError()))
        assert fault(ask(refused, 'nova-ext 1.0', f'/{"c" * 32}/servers')) == (
            'badRequest', 400,
            f"The project {'c' * 32} in the request's URL is not the caller's "
            f'({support.PROJECT}).')

    @pytest.fixture
    def made(self) -> list[tuple[dict[str, Any], dict[str, str]]]:
        """What was answered in Nova's stead: environments, and variables of paths."""
        return []

    @pytest.fixture
    def standing_in(
            self, made: list[tuple[dict[str, Any], dict[str, str]]]) -> nova_ext_filter.Filter:
        def make(environ: dict[str, Any], path: dict[str, str]) -> Any:
            made.append((environ, path))
            return webob.Response(b'{"ours": true}')

        return nova_ext_filter.Filter(
            Stock(), router.Router([base.Route('GET', '/things/{id}', {
                'type': 'object', 'properties': {}}, lambda request: {'version': True})]),
            router.Router([base.StockRoute('GET', '/things/{id}', make)]))

    @pytest.mark.parametrize('version', [None, 'compute 2.90', 'compute nonsense'])
    def test_a_request_without_a_version_may_be_answered_in_novas_stead(
            self, standing_in: nova_ext_filter.Filter, version: Optional[str],
            made: list[tuple[dict[str, Any], dict[str, str]]]) -> None:
        response = ask(standing_in, version, '/things/7?a=%ff')
        assert response.body == b'{"ours": true}'
        assert HEADER not in response.headers
        (environ, path), = made
        assert path == {'id': '7'}
        assert environ['QUERY_STRING'] == 'a=%ff'

    def test_every_other_one_is_not(
            self, standing_in: nova_ext_filter.Filter,
            made: list[tuple[dict[str, Any], dict[str, str]]]) -> None:
        assert ask(standing_in, 'nova-ext 1.0', '/things/7').json_body == {'version': True}
        assert ask(standing_in, None, '/things').body == b'{"stock": true}'
        assert ask(standing_in, 'nova-ext 9.9', '/things/7').status_int == 406
        legacy = webob.Request.blank('/things/7')
        legacy.environ['openstack.legacy_v2'] = True
        assert legacy.get_response(standing_in).body == b'{"stock": true}'
        post = webob.Request.blank('/things/7', method='POST')
        assert post.get_response(standing_in).body == b'{"stock": true}'
        assert made == []


class TestFactory:
    def test_it_serves_the_enabled_controllers_and_the_discovery_document(
            self, transport: Any) -> None:
        application = nova_ext_filter.filter_factory({}, odd='ignored')(Stock())
        response = ask(application, 'nova-ext 1.0', '/nova-ext')
        assert response.status_int == 200
        assert {'method': 'GET', 'path': '/servers/{server_id}/diagnostics'} in (
            response.json_body['operations'])

    def test_a_controller_that_is_not_enabled_leaves_its_operations_to_nova(
            self, conf: Any) -> None:
        conf.set_override('enabled_controllers', [], 'nova_ext')
        application = nova_ext_filter.filter_factory({})(Stock())
        assert ask(application, 'nova-ext 1.0', '/servers/1/diagnostics').status_int == 202
        assert ask(application, 'nova-ext 1.0', '/nova-ext').json_body['operations'] == [
            {'method': 'GET', 'path': '/nova-ext'}]

    def test_without_a_version_even_the_discovery_document_is_novas(self, conf: Any) -> None:
        conf.set_override('enabled_controllers', [], 'nova_ext')
        application = nova_ext_filter.filter_factory({})(Stock())
        assert ask(application, 'compute 2.90', '/nova-ext').body == b'{"stock": true}'

    def test_an_unknown_controller_stops_it(self, conf: Any) -> None:
        conf.set_override('enabled_controllers', ['nonsense'], 'nova_ext')
        with pytest.raises(exception.ControllerNotFound):
            nova_ext_filter.filter_factory({})
