"""The running cloud as users and independent checks see it: APIs, guests, processes.

For the demo, the live tests and the benchmarks. It runs in the controller's network
(`sandbox/stack exec --net CMD...`) with keystoneauth1 at hand, and sees the processes and files
of every host, because those are the machine's own.
"""
