# The commands of README.rst. Each installs what it needs from Debian's and PyPI's packages.

.PHONY: help demo test lint unit docs live bench sample clean

help: ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## a real cloud, one guest with the plugin and one without, their diagnostics side by side
	@tests/with-python sandbox/stack up --stock-host 2
	@tests/with-python sandbox/stack demo

test: ## everything: lint, types, unit tests, packaging, and the live tests in a real cloud
	@tests/with-python -m tests.run

lint: ## style and types only
	@tests/with-python -m tests.run lint

unit: ## lint and unit tests only
	@tests/with-python -m tests.run lint unit

docs: ## the documentation, the API reference and the release notes, below .sandbox/docs
	@tests/with-python -m tests.run docs

live: ## only the tests in a real cloud, which stays up afterwards for the next time
	@tests/with-python -m tests.run --keep live

bench: ## what an answer costs, against stock Nova in the same run
	@tests/with-python -m bench

sample: ## renew etc/nova_ext/*.sample
	@tests/with-python -m tests.sample

clean: ## end the cloud and forget everything that was made
	@tests/with-python sandbox/stack down
	rm -rf .sandbox build *.egg-info
