# SPDX-License-Identifier: Apache-2.0
"""The packages beside Debian's own Nova, OpenStackClient and Tempest."""

from __future__ import annotations

import pathlib

import pytest

from sandbox import settings
from tests.deb.host import ALL, CLI, EXPORTER, NOVA, SITE, TEMPEST, Host

#: The tests that the source package has for whoever installs it, and what each needs.
OWN_TESTS = {'entry-points': (), 'nova': (NOVA,), 'client': (CLI,), 'exporter': (EXPORTER,),
             'tempest': (TEMPEST,)}

OPENSTACK = "openstack server diagnostics show --help | grep '^usage: openstack server'"


def run_own_tests(host: Host, *names: str) -> None:
    """Run what ``debian/tests`` has for packages, and for any."""
    for test, needed in OWN_TESTS.items():
        if set(needed) <= set(names):
            path = pathlib.Path('/own-tests', test)
            host.chroot.put(settings.CHECKOUT / 'debian/tests' / test, str(path))
            host.run(str(path))


@pytest.mark.parametrize(
    'names', [(NOVA,), (CLI,), (TEMPEST,), (NOVA, CLI, EXPORTER), ALL],
    ids=' '.join)
def test_any_of_the_packages_works_without_the_others(host: Host, names: tuple[str, ...]) -> None:
    before = host.run('dpkg-query -W').stdout
    commands = ('nova-manage --help', 'openstack --version')
    warnings = [host.run(command, user='nobody').stderr for command in commands]
    said = host.install(*names)
    assert 'warning' not in (said.stdout + said.stderr).lower()
    assert host.distributions() == [name.removeprefix('python3-') for name in names]
    run_own_tests(host, *names)
    # No account is left out, and no command says more than before.
    assert [host.run(command, user='nobody').stderr for command in commands] == warnings
    if CLI in names:
        host.run(OPENSTACK, user='nobody')

    host.run(f'apt-get purge -y {" ".join(names)}')
    assert host.files() == set()
    assert host.run('dpkg-query -W').stdout == before
    host.run('python3 -c "import nova.virt.libvirt.driver"')


def test_api_host_needs_no_libvirt(host: Host) -> None:
    host.run('apt-get remove -y python3-libvirt')
    host.install(NOVA)
    host.run("""python3 -c '
import nova.virt.nova_ext
from nova import config
from paste.deploy import loadwsgi
config.parse_args(["nova-api"])
loadwsgi.loadfilter("egg:nova-ext#nova_ext")'""")


def test_packages_outlive_nova_being_installed_again(host: Host) -> None:
    host.install(*ALL)
    before = host.files()
    host.run('apt-get update -qq && apt-get install -y --reinstall python3-nova nova-common')
    assert host.files() == before
    run_own_tests(host, NOVA)


def test_newer_packages_leave_nothing_of_older_ones(host: Host) -> None:
    host.install(*ALL)
    wanted = host.files()
    host.run('apt-get purge -y ' + ' '.join(ALL))
    # As if they had been built of an older tree, with a module that is gone since.
    for name in ALL:
        package = 'nova_ext/gone' if name == NOVA else f'{name.split("-", 1)[1]}_gone'
        host.run(f'''set -e
            dpkg-deb -R /debs/{name}_*.deb /old
            cd /old/DEBIAN
            sed -i 's/^Version: .*/Version: 0.9.0-1/; s/(= [^)]*)/(= 0.9.0-1)/g' control
            cd /old{SITE}
            mv nova_ext*.dist-info $(echo nova_ext*.dist-info | sed 's/-.*/-0.9.0.dist-info/')
            mkdir {package} && touch {package}/__init__.py
            dpkg-deb -b /old /{name}_0.9.0-1_all.deb
            rm -r /old''')
    host.run('apt-get install -y /*_0.9.0-1_all.deb')
    assert f'{SITE}/nova_ext/gone/__init__.py' in host.files()
    assert f'{SITE}/nova_ext-0.9.0.dist-info/METADATA' in host.files()

    host.install(*ALL)
    assert host.files() == wanted
    run_own_tests(host)


def test_removal_says_which_configuration_still_names_nova_ext(host: Host) -> None:
    host.install(NOVA)
    host.run('''printf '[DEFAULT]\\n#compute_driver = nova_ext.Other\\n' >> /etc/nova/nova.conf
                printf '[DEFAULT]\\ncompute_driver=nova_ext.LibvirtDriver\\n' \
                    > /etc/nova/nova-compute.conf
                printf '\\n[filter:nova_ext]\\nuse = egg:nova-ext#nova_ext\\n' \
                    >> /etc/nova/api-paste.ini''')
    upgraded = host.run(f'apt-get install -y --reinstall /debs/{NOVA}_*.deb')
    assert 'Take it out of' not in upgraded.stdout + upgraded.stderr
    done = host.run(f'apt-get remove -y {NOVA}')
    named = (done.stdout + done.stderr).partition('Take it out of')[2].split()[:2]
    assert sorted(named) == ['/etc/nova/api-paste.ini', '/etc/nova/nova-compute.conf']


@pytest.mark.parametrize('site', [SITE, '/usr/local/lib/python3.11/dist-packages'])
def test_installation_is_refused_where_a_wheel_was_unpacked(host: Host, site: str) -> None:
    host.run(f'''set -e
        dpkg-deb -x /debs/{NOVA}_*.deb /wheel
        mkdir -p {site}
        cp -r /wheel{SITE}/. {site}
        mv {site}/nova_ext-*.dist-info {site}/nova_ext-0.9.0.dist-info
        touch {site}/nova_ext/gone.py''')
    for name in (NOVA, CLI, TEMPEST):
        done = host.install(name, status=100)
        said = done.stdout + done.stderr
        assert 'not as a package' in said
    # What to do is said, and does it.
    [remedy] = [line for line in said.splitlines() if line.startswith('    rm -r ')]
    host.run(remedy)
    host.install(NOVA)
    assert f'{site}/nova_ext/gone.py' not in host.files()
    run_own_tests(host, NOVA)
