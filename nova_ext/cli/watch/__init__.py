# SPDX-License-Identifier: Apache-2.0
"""A server's diagnostics again and again: a view on a terminal, lines of JSON elsewhere.

``command`` is the option and what it starts, ``loop`` asks, ``figures`` remembers, ``view`` lays
out, ``host_view`` does so for the servers of a host, with ``cli/host_figures``; ``graphs`` draws;
``screen`` and ``lines`` put out what came, and ``signals`` ends it. The view is drawn by rich.
"""
