"""What the cloud is filled with, through its REST APIs.

Runs in a process of its own with the services environment's Python, inside the controller's
network: `python -m sandbox.populate identities|resources|computes [ARGUMENT...]`.
Everything here may run again: what exists is left alone.
"""
