"""A real OpenStack cloud on one machine, for tests, documentation and people."""
