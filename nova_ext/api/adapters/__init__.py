# SPDX-License-Identifier: Apache-2.0
"""What Nova's own controllers are given in place of ``nova.compute.api``, for one request.

Nova's controller goes on checking the query, deciding by Nova's rules, and writing the format
of each microversion; where it asks for data, nova-ext answers, or looks on.
"""
