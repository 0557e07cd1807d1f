# The commands of README.rst and CONTRIBUTING.rst. Each installs what it needs from Debian's and
# PyPI's packages.

.PHONY: help demo test test-all lint unit docs live deb bench sample clean

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: ## a real cloud, one guest with the plugin and one without, their diagnostics side by side
	@tools/with-python sandbox/stack up --stock-host 2
	@tools/with-python sandbox/stack demo

test: ## what has to pass before a change lands, in less than half an hour
	@tools/with-python -m tools.testing

test-all: ## everything, before a release; STAGES="live nova-31" runs parts
	@tools/with-python -m tools.testing --all $(STAGES)

lint: ## style and types
	@tools/with-python -m tools.testing lint

unit: ## unit tests; TESTS=tests.unit.api for some
	@tools/with-python -m tools.testing unit $(if $(TESTS),--tests $(TESTS))

docs: ## the documentation, the API reference and the release notes, below .sandbox/docs
	@tools/with-python -m tools.testing docs

live: ## tests in a cloud, which stays up; TESTS=tests/live/test_uptime.py for one module
	@tools/with-python -m tools.testing --all --keep live $(if $(TESTS),--tests $(TESTS))

deb: ## Debian packages, into dist
	@tools/with-python -m tools.deb

bench: ## what an answer costs, against stock Nova and what nobody can do without; PARTS="driver"
	@tools/with-python -m bench $(PARTS)

sample: ## renew etc/nova_ext/*.sample
	@tools/with-python -m tools.sample

clean: ## end the cloud and forget everything that was made
	@tools/with-python sandbox/stack down
	rm -rf .sandbox .stestr build dist *.egg-info
