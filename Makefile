# Everything is done by config/launch.py, so that `python3 config/launch.py run` works where there is no make.
PYTHON ?= python3

.PHONY: run test lint bench requirements

run:          ## the whole thing: environment, demo garage, pretended Xero, web and worker; Ctrl-C stops it
	@$(PYTHON) config/launch.py run

test:         ## every test: on SQLite, on PostgreSQL where one answers, the long proof, the browser's
	@$(PYTHON) config/launch.py test

lint:         ## formatting, rules, types, imports, migrations, deployment check, OpenAPI
	@$(PYTHON) config/launch.py lint

bench:        ## speed and calls, as ratios
	@$(PYTHON) config/launch.py bench

requirements: ## pin anew what config/requirements*.in ask for
	@$(PYTHON) config/launch.py requirements
