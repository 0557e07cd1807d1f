# SPDX-License-Identifier: Apache-2.0
"""Runs Nova's own tests with nova-ext in place, and without, and compares the results.

====================== =========================================================================
``selections.py``      which of Nova's tests, and with what of nova-ext
``differences.py``     which of them end otherwise with nova-ext, and why
``stages.py``          the stages of ``make test-all``
``sources.py``         Nova's source distribution, which the tests are run from
``pool.py``            runs tests in processes side by side; ``process.py`` is one of these
``baseline.py``        remembers the results without nova-ext, which never change
``compare.py``         the results with and without, side by side
``inside/``            what runs inside the processes, in the environment of Nova's tests
====================== =========================================================================
"""
