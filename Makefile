# Everything a person does with Tieout. All that is written stays in .tieout (ignored by git).
PYTHON ?= python3
BIN := .tieout/venv/bin
COMMANDS := $(BIN)/python -m include.commands
JOBS ?= 2
CACHE := $(CURDIR)/.tieout/cache

export PYTHONPATH := $(CURDIR)
export PYTHONPYCACHEPREFIX := $(CACHE)/pycache
# Airflow's components and tasks are many processes: without bytecode on disk each compiles Airflow anew.
unexport PYTHONDONTWRITEBYTECODE
export RUFF_CACHE_DIR := $(CACHE)/ruff
export MYPY_CACHE_DIR := $(CACHE)/mypy
export HYPOTHESIS_STORAGE_DIRECTORY := $(CACHE)/hypothesis

.DEFAULT_GOAL := help
.PHONY: demo test chaos chaos-random test-long lives celery-proof check env up down nightly recognise revalue rollforward aging scores calendar report data-docs tie-out recompute fx-load requeue explain rebuild whatif reclassify reverse-entry ledger sql bench bench-recognition bench-explain verify-audit audit-restored close close-check close-end close-package grant access-review evidence-pack verify-evidence-pack check-evidence repair-evidence retention exceptions exception replay clean help .tieout/venv .tieout/erp-venv

demo: .tieout/venv .tieout/erp-venv ## Post two nights of the sample company to a real ERP, through Airflow (SIZE=50: 2,400 customers)
	@$(COMMANDS) demo $(if $(SIZE),--size $(SIZE))

test: .tieout/venv .tieout/erp-venv ## Run the tests, on a real PostgreSQL and a real ERP (ARGS="-k period" for some)
	@$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder --durations=15 --durations-min=10 -o cache_dir=$(CACHE)/pytest $(ARGS)

chaos: .tieout/venv .tieout/erp-venv ## Run every chaos case, also those that `make test` leaves out for their time
	@$(BIN)/pytest -o cache_dir=$(CACHE)/pytest -n 2 --dist loadfile -m "chaos or not chaos" tests/chaos tests/dags $(ARGS)

chaos-random: .tieout/venv .tieout/erp-venv ## Disturb nights at random: make chaos-random SEED=7 MINUTES=30; a seed that fails is named and begins the next run
	@TIEOUT_CHAOS_SEED=$(or $(SEED),1) TIEOUT_CHAOS_MINUTES=$(or $(MINUTES),10) $(BIN)/pytest -n 0 -s -q -o cache_dir=$(CACHE)/pytest -m chaos tests/chaos/test_random.py -k as_long_as $(ARGS)

test-long: .tieout/venv .tieout/erp-venv ## Run the tests that `make test` leaves out for their time, chaos aside
	@$(BIN)/pytest -n $(JOBS) --dist loadfile -o cache_dir=$(CACHE)/pytest -m "long and not core and not chaos" $(ARGS)

lives: .tieout/venv .tieout/erp-venv ## Run whole lives of documents, more of them than `make test`: make lives (TIMES=5)
	@TIEOUT_LIVES=$(or $(TIMES),1) $(BIN)/pytest -n $(JOBS) --dist loadfile -o cache_dir=$(CACHE)/pytest -m "long or not long" tests/accounting -k "lives or convergence or small_balances" $(ARGS)

celery-proof: .tieout/venv .tieout/erp-venv ## Run both nights on two Celery workers that share no folder, and kill one (3 minutes)
	@$(BIN)/pytest -n 0 -o cache_dir=$(CACHE)/pytest -m "chaos or not chaos" tests/dags/test_celery.py $(ARGS)

.PHONY: mutate schemas
mutate: .tieout/venv ## Break each shipped posting rule in every way a hand slips, and show that it is noticed
	@$(BIN)/python -m tests.mutation

check: .tieout/venv ## Check format, lint, types, layers and configuration; change nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --cache-dir $(CACHE)/import-linter
	@$(COMMANDS) check-config

.PHONY: audit-deps
audit-deps: .tieout/venv ## Check the locked dependencies without a network: pins, hashes, what is installed, licences
	@$(BIN)/python include/audit_deps.py requirements.txt .requirements.in

schemas: .tieout/venv ## Write the JSON Schemas that editors check the configuration files by (include/config/schema/)
	@$(BIN)/python -m include.config.schemas

env: ## Write .env for docker-compose.yaml: generated secrets where it has none
	@$(PYTHON) include/team_env.py .env.example .env

up: .tieout/venv .tieout/erp-venv ## Start PostgreSQL, the ERP and Airflow, and say where they are
	@$(COMMANDS) up $(if $(SIZE),--size $(SIZE))

down: .tieout/venv ## End everything that `make up` and `make demo` started
	@$(COMMANDS) down

nightly: .tieout/venv .tieout/erp-venv ## Run one night up to an instant: make nightly AS_OF=2026-02-01T06:00:00Z
	@$(COMMANDS) nightly --as-of $(or $(AS_OF),$(error say up to when: make nightly AS_OF=2026-02-01T06:00:00Z))

recognise: .tieout/venv ## Recognise an open period of every legal entity, ended or begun: make recognise PERIOD=2026-01
	@$(COMMANDS) recognise --period $(or $(PERIOD),$(error say which period: make recognise PERIOD=2026-01)) $(if $(AS_OF),--as-of $(AS_OF))

revalue: .tieout/venv ## Revalue foreign open items of a period that has ended: make revalue PERIOD=2026-01
	@$(COMMANDS) revalue --period $(or $(PERIOD),$(error say which period: make revalue PERIOD=2026-01)) $(if $(AS_OF),--as-of $(AS_OF))

rollforward: .tieout/venv ## Roll deferred revenue forward and prove it by the schedules: make rollforward PERIOD=2026-01 (JSON=1)
	@$(COMMANDS) rollforward --period $(or $(PERIOD),$(error say which period: make rollforward PERIOD=2026-01)) $(if $(JSON),--as-json)

aging: .tieout/venv ## Open items by customer and age, beside control accounts and billing: make aging (ENTITY=US AS_OF=2026-01-31 CSV=file.csv)
	@$(COMMANDS) aging $(if $(ENTITY),--entity $(ENTITY)) $(if $(AS_OF),--as-of $(AS_OF)) $(if $(CSV),--csv $(CSV))

scores: .tieout/venv ## Data-quality scores night by night: make scores ENTITY=US (NIGHTS=90)
	@$(COMMANDS) scores $(if $(ENTITY),--entity $(ENTITY)) $(if $(NIGHTS),--nights $(NIGHTS))

calendar: .tieout/venv ## Show a fiscal year and the close of a period: make calendar ENTITY=US DATE=2026-02-01
	@$(COMMANDS) calendar --entity $(or $(ENTITY),$(error say whose: make calendar ENTITY=US)) $(if $(DATE),--date $(DATE))

report: .tieout/venv ## Print a night and write its page and JSON: make report AS_OF=2026-02-01T06:00:00Z
	@$(COMMANDS) report --as-of $(or $(AS_OF),$(error say which night: make report AS_OF=2026-02-01T06:00:00Z))

tie-out: .tieout/venv ## Tie out a night again, after a repair: make tie-out AS_OF=2026-02-01T06:00:00Z (ENTITY=US for one)
	@$(COMMANDS) tie-out --as-of $(or $(AS_OF),$(error say which night: make tie-out AS_OF=2026-02-01T06:00:00Z)) $(if $(ENTITY),--entity $(ENTITY))

recompute: .tieout/venv ## Compare the running totals with evidence and register (REPAIR=1 sets them right)
	@$(COMMANDS) recompute $(if $(REPAIR),--repair)

fx-load: .tieout/venv ## Load exchange rates: make fx-load FILE=rates.csv (or TABLE=treasury.rates)
	@$(COMMANDS) fx-load $(if $(FILE),--file "$(FILE)") $(if $(TABLE),--table "$(TABLE)")

verify-audit: .tieout/venv ## Walk the chain of the audit log, and compare it with its heads kept outside the database
	@$(COMMANDS) verify-audit

close: .tieout/venv ## Close a period of the sample company through Airflow: make close PERIOD=2026-01 (ENTITY=US APPROVE=controller DRY=1)
	@$(COMMANDS) close --period $(or $(PERIOD),$(error say which period: make close PERIOD=2026-01)) $(if $(ENTITY),--entity $(ENTITY)) \
	    $(if $(REASON),--reason "$(REASON)") $(if $(APPROVE),--approve $(APPROVE)) $(if $(DRY),--dry-run)

close-check: .tieout/venv ## What would stand in the way of a close now: make close-check (ENTITY=US PERIOD=2026-01)
	@$(COMMANDS) close-check $(if $(ENTITY),--entity "$(ENTITY)") $(if $(PERIOD),--period "$(PERIOD)")

close-end: .tieout/venv ## End a close whose run is gone; the period opens again: make close-end ENTITY=US PERIOD=2026-01 REASON="..." BY=anna
	@$(COMMANDS) close-end --entity "$(or $(ENTITY),$(error say whose: ENTITY=US))" --period "$(or $(PERIOD),$(error say which: PERIOD=2026-01))" \
	    --reason "$(or $(REASON),$(error say why: REASON="..."))" $(if $(BY),--by "$(BY)")

grant: .tieout/venv ## Give a person a role in the close: make grant PERSON=ben ROLE=controller ENTITY=US BY=anna (FROM=... UNTIL=..., END=1 takes it back)
	@$(COMMANDS) grant --person "$(or $(PERSON),$(error say who: PERSON=ben))" --role "$(or $(ROLE),$(error say what: ROLE=controller))" \
	    $(if $(ENTITY),--entity "$(ENTITY)") $(if $(FROM),--since "$(FROM)") $(if $(UNTIL),--until "$(UNTIL)") $(if $(BY),--by "$(BY)") $(if $(END),--end)

access-review: .tieout/venv ## Who may approve a close, who gave the right, and when it was last used
	@$(COMMANDS) access-review

close-package: .tieout/venv ## Make what a controller signs, as a page and a workbook: make close-package ENTITY=US PERIOD=2026-01
	@$(COMMANDS) close-package --entity $(or $(ENTITY),$(error say whose: make close-package ENTITY=US PERIOD=2026-01)) \
	    --period $(or $(PERIOD),$(error say which period: make close-package ENTITY=US PERIOD=2026-01))

evidence-pack: .tieout/venv ## Pack a night for an auditor, signed: make evidence-pack AS_OF=2026-02-01T06:00:00Z
	@$(COMMANDS) evidence-pack --as-of $(or $(AS_OF),$(error say which night: make evidence-pack AS_OF=2026-02-01T06:00:00Z))

verify-evidence-pack: .tieout/venv ## Prove an evidence pack, without a database: make verify-evidence-pack PACK=file.zip (KEY=...)
	@$(COMMANDS) verify-evidence-pack --pack "$(or $(PACK),$(error say which file: make verify-evidence-pack PACK=file.zip))" $(if $(KEY),--key "$(KEY)")

check-evidence: .tieout/venv ## Read the next part of the evidence again and compare its hashes: make check-evidence (ALL=1 for everything, SOURCE=billing for one)
	@$(COMMANDS) check-evidence $(if $(SOURCE),--source "$(SOURCE)") $(if $(ALL),--everything)

repair-evidence: .tieout/venv ## Make lost evidence again, where it comes out with the hash on file: make repair-evidence REASON="..." BY=anna (SOURCE=billing BATCH=3 for one batch)
	@$(COMMANDS) repair-evidence --reason "$(or $(REASON),$(error say why: make repair-evidence REASON="..." BY=...))" $(if $(BY),--by "$(BY)") \
	    $(if $(SOURCE),--source "$(SOURCE)") $(if $(BATCH),--batch $(BATCH))

retention: .tieout/venv ## What evidence is past its retention, and why it stays all the same; deletes nothing: make retention (ON=2037-01-01)
	@$(COMMANDS) retention $(if $(ON),--on "$(ON)")

audit-restored: .tieout/venv ## After a restore of the finance database: make audit-restored REASON="..." BY=anna
	@$(COMMANDS) audit-restored --reason "$(or $(REASON),$(error say why: make audit-restored REASON="..." BY=...))" $(if $(BY),--by "$(BY)")

data-docs: .tieout/venv ## Build Great Expectations' Data Docs of the newest night (SOURCE=billing AS_OF=... for another)
	@$(COMMANDS) data-docs $(if $(SOURCE),--source $(SOURCE)) $(if $(AS_OF),--as-of $(AS_OF))

requeue: .tieout/venv ## Let a rejected entry go on: make requeue REFERENCE=... REASON="..." (AGAIN=1 accounts it anew)
	@$(COMMANDS) requeue --reference $(or $(REFERENCE),$(error say which entry: make requeue REFERENCE=... REASON="...")) \
	    --reason "$(or $(REASON),$(error say why: make requeue REFERENCE=... REASON="..."))" $(if $(BY),--by "$(BY)") $(if $(AGAIN),--account-again)

exceptions: .tieout/venv ## What needs a person, late first: make exceptions (ENTITY=US CATEGORY=... STATE=all GROUP=1 CSV=file.csv, HISTORY=<id>)
	@$(COMMANDS) exceptions $(if $(ENTITY),--entity "$(ENTITY)") $(if $(CATEGORY),--category "$(CATEGORY)") $(if $(STATE),--state "$(STATE)") \
	    $(if $(GROUP),--group "$(GROUP)") $(if $(CSV),--csv "$(CSV)") $(if $(HISTORY),--history "$(HISTORY)")

exception: .tieout/venv ## Say a word on an exception or a group: make exception DO=acknowledge|waive|approve|resolve OF=<id or group> REASON="..." BY=anna
	@$(COMMANDS) exception --do "$(or $(DO),$(error say what: make exception DO=acknowledge OF=...))" \
	    --of "$(or $(OF),$(error say which: make exceptions shows ids and groups))" $(if $(REASON),--reason "$(REASON)") $(if $(BY),--by "$(BY)")

replay: .tieout/venv ## Try exceptions again now: make replay REASON="..." BY=anna (ENTITY=US CATEGORY=... DOCUMENTS="invoice:ID")
	@$(COMMANDS) replay --reason "$(or $(REASON),$(error say what was repaired: make replay REASON="..."))" $(if $(BY),--by "$(BY)") \
	    $(if $(ENTITY),--entity "$(ENTITY)") $(if $(CATEGORY),--category "$(CATEGORY)") $(if $(DOCUMENTS),--documents "$(DOCUMENTS)")

explain: .tieout/venv ## Explain an entry or a document: make explain REF=... or DOCUMENT=invoice:ID (ALL=1, JSON=1)
	@$(COMMANDS) explain $(if $(REF),--ref "$(REF)") $(if $(DOCUMENT),--document "$(DOCUMENT)") $(if $(ALL),--all) $(if $(JSON),--json)

rebuild: .tieout/venv ## Make a past batch again from its evidence, and compare: make rebuild BATCH=3
	@$(COMMANDS) rebuild --batch $(or $(BATCH),$(error say which batch: make rebuild BATCH=3))

whatif: .tieout/venv ## Try changed rules on past periods, post nothing: make whatif RULES=folder FROM=2026-01 TO=2026-01 (OUT=file.md)
	@$(COMMANDS) whatif --rules $(or $(RULES),$(error say which rules: make whatif RULES=folder FROM=2026-01 TO=2026-01)) \
	    --from $(or $(FROM),$(error say from which period: FROM=2026-01)) --to $(or $(TO),$(FROM)) $(if $(OUT),--out "$(OUT)")

reclassify: .tieout/venv ## Book documents anew after a rule was corrected: make reclassify DOCUMENTS="invoice:ID" FROM=2026-01 REASON="..." BY=anna (WHERE="type=invoice entity=US"), then make reclassify APPROVE=<hash> BY=ben
	@$(COMMANDS) reclassify $(if $(APPROVE),--approve "$(APPROVE)",--documents "$(DOCUMENTS)" --where "$(WHERE)" \
	    --from "$(FROM)" --to "$(or $(TO),$(FROM))" --reason "$(REASON)") $(if $(BY),--by "$(BY)")

reverse-entry: .tieout/venv ## Reverse a posted entry: make reverse-entry REFERENCE=... REASON="..." BY=anna (DOCUMENTS="invoice:ID" REBOOK=1), then make reverse-entry APPROVE=<hash> BY=ben; LIFT="invoice:ID" REASON="..." books again
	@$(COMMANDS) reverse-entry $(if $(APPROVE),--approve "$(APPROVE)",$(if $(LIFT),--lift "$(LIFT)",--reference "$(REFERENCE)" \
	    --documents "$(DOCUMENTS)" $(if $(REBOOK),--rebook)) --reason "$(REASON)") $(if $(BY),--by "$(BY)")

ledger: .tieout/venv ## Read the ERP's ledger through its API: make ledger ENTITY=US
	@$(COMMANDS) ledger --entity $(or $(ENTITY),$(error say of which legal entity: make ledger ENTITY=US))

sql: .tieout/venv ## Open psql on a database: make sql DB=finance (or billing)
	@$(COMMANDS) sql --db $(or $(DB),$(error say which database: make sql DB=finance))

bench: .tieout/venv .tieout/erp-venv ## Measure a night of SCALE invoices (1000000) against its floor, and posting against a bare loop
	@$(BIN)/python -m tests.benchmarks.night --invoices $(or $(SCALE),1000000) $(ARGS)

bench-recognition: .tieout/venv ## Measure the recognition of a month over LINES running lines (12000000)
	@$(BIN)/python -m tests.benchmarks.recognition --lines $(or $(LINES),12000000)

bench-explain: .tieout/venv ## Measure explaining, and a trial of rules, with SCALE invoices (1000000) on file
	@$(BIN)/python -m tests.benchmarks.explain --invoices $(or $(SCALE),1000000) $(ARGS)

clean: ## End everything and remove the data; what is installed stays
	@if [ -x $(BIN)/python ]; then $(COMMANDS) clean; fi

help: ## Show this list
	@echo "Tieout: a night of billing becomes journals in the ERP, once, and proven."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.tieout/venv .tieout/erp-venv:
	@$(PYTHON) include/sample/bootstrap.py $(notdir $@)
