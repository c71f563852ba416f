# Thin names for the commands that matter; everything is done by manage.py.
.PHONY: demo test fast format lock

demo:
	python3 manage.py demo

test:
	python3 manage.py test

fast:
	python3 manage.py test --fast --sqlite-only

format:
	.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

# Run with the oldest supported Python (3.11.2): newer ones leave out async-timeout.
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" .lockenv/bin/pip-compile --quiet --generate-hashes --strip-extras \
	--allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
lock:
	python3 -m venv .lockenv && .lockenv/bin/pip install --quiet pip-tools
	$(COMPILE) --output-file requirements.lock pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml
	rm -r .lockenv
