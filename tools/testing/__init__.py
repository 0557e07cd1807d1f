"""The stages of `make test` and `make test-all`, and how their results are counted."""
