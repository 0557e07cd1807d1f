# SPDX-License-Identifier: Apache-2.0
"""What nova-ext reads from Nova's databases itself.

Nova's objects bring whole rows, and Nova's API one statement for each host. Here a request gets
the columns that it needs of all rows that it needs, in a number of statements that does not
depend on how many there are.
"""
