# Every target prepares what it needs by itself. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -e -o pipefail -c
.DEFAULT_GOAL := help
PY := .venv/bin/python
VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)

.PHONY: help setup demo down test test-slow test-unit test-trainer test-cluster test-beside test-faults e2e-argocd e2e-node check generate bench-trainer bench-score bench-losses bench-validation bench-operator bench-handover bench-rows bench-demo bench-docs lock images clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

setup: .venv/ready ## prepare everything: Python packages, control plane binaries, base model
	@$(PY) -m devcluster prepare
	@$(PY) -m devcluster tools

.venv/ready: requirements/bootstrap.txt requirements/dev.txt pyproject.toml scripts/venv
	@scripts/venv

demo: .venv/ready ## the main job on a real control plane: apply a TrainingTask, get a trained model back
	@$(PY) -m devcluster prepare
	@$(PY) -m devcluster.demo

down: ## stop every cluster that this checkout started
	@$${PYTHON:-python3} -m devcluster.takedown

test: setup ## all tests but e2e-*: those on the cluster wait more than they work, the rest runs beside
	@$(MAKE) --no-print-directory --jobs=2 test-cluster test-beside LABEL='| sed -u "s/^/$$@: /"'

test-slow: .venv/ready ## minutes of interrupted trainings: killed at every file operation, full disks
	$(PY) -m pytest -m slow

test-unit: setup ## the quick tests, without cluster and torch (the chart's need helm and promtool)
	$(PY) -m pytest tests/unit

test-trainer: .venv/ready ## the tests that train tiny models
	$(PY) -m pytest -m "trainer and not slow"

test-cluster: setup ## the tests on the real control plane
	@$(PY) -m pytest -m "cluster or e2e" $(LABEL)

test-beside: setup
	@$(PY) -m pytest -m "not (cluster or e2e or argocd or node)" $(LABEL)

test-faults: setup ## every story of a task with every fault at every write (an hour)
	$(PY) -m tests.faults.sweep
	@$(PY) -m benchmarks.write_docs

e2e-argocd: setup ## from Git to a model by a real Argo CD, built from its Go modules (10 minutes)
	$(PY) -m pytest tests/argocd

e2e-node: setup ## our own images on a real kubelet and containerd (as root, 30 GB; 15 minutes)
	@$(PY) -m devcluster.realnode
	$(PY) -m pytest -p tests.node.summary tests/node
	@$(PY) -m benchmarks.write_docs

check: .venv/ready ## format, lint, types, layers, generated files
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy api operator/sbert_operator trainer/sbert_trainer devcluster tests benchmarks
	.venv/bin/lint-imports
	$(PY) -m sbert_api.generate --check
	$(PY) -m benchmarks.write_docs --check

generate: .venv/ready ## write the generated files anew
	$(PY) -m sbert_api.generate

bench-trainer: setup ## our trainer against stock, on a machine that does nothing else (20 minutes)
	$(PY) -m benchmarks.bench_trainer
	@$(PY) -m benchmarks.write_docs

bench-score: setup ## the scores of both after 4,000 triplets (half an hour)
	$(PY) -m benchmarks.bench_trainer --part score
	@$(PY) -m benchmarks.write_docs

bench-losses: setup ## the study behind the default loss (hours; goes on where it ended)
	$(PY) -m benchmarks.study_losses
	@$(PY) -m benchmarks.write_docs

bench-validation: .venv/ready ## how fast data are checked (2 minutes)
	$(PY) -m benchmarks.bench_validation
	@$(PY) -m benchmarks.write_docs

bench-operator: setup ## the operator under load on simulated nodes (15 minutes)
	$(PY) -m benchmarks.bench_operator
	@$(PY) -m benchmarks.write_docs

bench-handover: setup ## how fast a second operator takes over (10 minutes)
	$(PY) -m benchmarks.bench_handover
	@$(PY) -m benchmarks.write_docs

bench-rows: .venv/ready ## how far intervals can be believed, and how many rows show a gain (minutes)
	$(PY) -m benchmarks.study_rows
	@$(PY) -m benchmarks.write_docs

bench-demo: setup ## the demo's training, with our forward pass and with the library's (10 minutes)
	$(PY) -m benchmarks.bench_demo
	@$(PY) -m benchmarks.write_docs

bench-docs: .venv/ready ## write docs/benchmarks.md anew from the results
	$(PY) -m benchmarks.write_docs

lock: .venv/ready ## resolve the requirements anew (hash-pinned)
	scripts/lock

images: ## build both images with Docker: make images IMAGES=registry.example/team/
	docker build -f Dockerfile.operator -t $(IMAGES)sbert-operator:$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD) .
	docker build -f Dockerfile.trainer -t $(IMAGES)sbert-trainer:$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD) .

clean: down ## stop the clusters and remove what was built in this checkout (not the cache)
	rm -rf .venv .devcluster .mypy_cache .pytest_cache .ruff_cache .hypothesis dist
