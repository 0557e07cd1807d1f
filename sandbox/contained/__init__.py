"""nova-compute in containers: `sandbox/stack up --contained`.

On each host with the plugin, nova-compute runs in the root file system of an image, in a mount
namespace of its own, as Kolla Ansible starts ``nova_compute``: privileged, on the host's network,
as the user nova, who becomes root by nova-rootwrap alone. It reads /etc/nova/nova.conf, a copy of
what is mounted in /var/lib/kolla/config_files, and comes to libvirt over TCP. The image is built
with buildah, as doc/source/install/containers.rst says, from one that has Nova as Kolla's have.

What is mounted was looked up in ``nova_compute_default_volumes`` and ``nova_cell_services`` of
Kolla Ansible's master in August 2026, after its release 2026.1 (commit 1a681814e), and in the
Dockerfiles of Kolla, July 2026 (5d77668da). Three things are otherwise here: the servers'
directories have the path that they have on hosts without a container; QEMU is not nova's, but
Debian's user; and there is no container around libvirt.

Hosts are of two kinds by turns:

stack1, stack3, ...
    as Kolla Ansible makes them: a PID namespace of their own, nothing of libvirt's settings
stack2, stack4, ...
    with all that our page asks for beside it: the host's PID namespace, ``qemu.conf``,
    ``virtlogd.conf`` and the host's ``os-release``
"""
