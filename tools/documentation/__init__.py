# SPDX-License-Identifier: Apache-2.0
"""The documentation's code blocks, found, run and checked.

What a page shows is tried as it stands there. A writer needs to know this:

* ``.. code-block:: console`` holds commands behind ``$ ``, or ``# `` for root's, with further
  lines of a command behind ``> ``. What follows up to the next prompt is its output. Lines that
  begin otherwise before the first prompt are an error, and so is a prompt in any other block.
* Commands of a page run in order, in one shell per place, so that variables and the working
  directory last. They run in an empty directory that the places of a page share. A command that
  fails, fails the test.
* Where output is shown, it is compared: ``...`` stands for anything, many lines or a part of
  one, and for the blanks around it. Runs of blanks or dashes count as one, because tables are as
  wide as what is in them, and any UUID, MAC address or time of day as another. Where none is
  shown, none is compared.
* A comment right before the block tells where it runs (see :mod:`tools.documentation.places`),
  and, where it is meant to fail or never ends, how it ends::

      .. runs on: compute, ends with 2

      .. runs on: client, for 5 s

      .. runs on: client, figures vary

  The second is interrupted, as by Ctrl-C; in the third any figure in the output, in any unit or
  null, counts as any other. Without a comment a block runs on ``client``; in
  ``contributor/`` it is looked over as on ``checkout``. What cannot be tried says why, and is
  named at the end of each run of the tests::

      .. runs on: nowhere, because it takes a registry of images

* ``.. code-block:: docker`` is a Dockerfile, or a part of one, of which
  :mod:`sandbox.contained.images` builds.
* ``.. code-block:: ini`` is nova.conf or api-paste.ini, by its sections, and is checked by
  :mod:`tools.documentation.snippets`.
* There are servers ``web1`` on ``stack1`` and ``web2`` on ``stack2``, both with nova-ext. A page
  leaves the cloud as it was.
"""
