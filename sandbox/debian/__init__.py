"""A cloud of Debian's own packages: `sandbox/stack up --debian`.

Each host has a root of its own, in which there is nothing but Debian and the packages that its
role needs. Every service runs as its own user, as its unit says, with the files in /etc that
Debian's package brought and that were edited as an administrator would. nova-ext comes there as
its package, and is enabled with `nova-ext-setup`.

A root is made of layers (overlayfs): the packages of a compute host, those of the controller, the
controller as it is when everything is set up for the first time, and what happens to this host in
this cloud. All but the last are made once.
"""
