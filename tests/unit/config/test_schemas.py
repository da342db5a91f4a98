"""Editors check the configuration files by schemas that say what the loader says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from include.config.folder import PACKAGE_FOLDER
from include.config.schemas import SCHEMA_FOLDER, schema_texts

FILES = sorted(PACKAGE_FOLDER.rglob("*.yaml"))
HEADER = "# yaml-language-server: $schema="
DEFERRED = """
- rule: deferred
  event: invoice.issued
  when: {revenue_treatment: ratable, line_kind: [charge, proration]}
  effective_from: 2000-01-01
  lines:
    - {debit: accounts_receivable, amount: gross}
    - {credit: deferred_revenue, amount: gross}
"""


def validator(name: str) -> Draft7Validator:
    return Draft7Validator(json.loads((SCHEMA_FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")))


def as_editors_read(text: str) -> Any:
    """YAML as JSON has it: days are text."""
    return json.loads(json.dumps(yaml.safe_load(text), default=date.isoformat))


def complaints(name: str, text: str) -> list[str]:
    return [error.json_path for error in validator(name).iter_errors(as_editors_read(text))]


def test_the_schemas_on_file_are_those_of_the_models_and_make_schemas_writes_them() -> None:
    on_file = {path.name: path.read_text(encoding="utf-8") for path in SCHEMA_FOLDER.glob("*.json")}
    assert on_file == schema_texts()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE_FOLDER)))
def test_each_shipped_file_names_its_schema_in_its_first_line_and_fits_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(HEADER)
    schema = (path.parent / text.splitlines()[0].removeprefix(HEADER)).resolve()
    kind = path.stem if path.parent == PACKAGE_FOLDER else path.parent.name
    assert schema == SCHEMA_FOLDER / f"{kind}.schema.json"
    assert complaints(kind, text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("ratable", "{not: ratable}"),
        ("ratable", "{not: [ratable, usage]}"),
        ("ratable", "{present: false}"),
        ("amount: gross}", "amount: gross, only: positive}"),
        (
            "amount: gross}",
            "amount: gross, dimensions: {region: keep, department: {mapping: x}, product_line: {value: y}}}",
        ),
    ],
)
def test_an_editor_accepts_what_the_language_knows(old: str, new: str) -> None:
    assert complaints("posting_rules", DEFERRED.replace(old, new, 1) if old else DEFERRED) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("invoice.issued", "invoice.isued"),
        ("invoice.issued", "payment.received"),
        ("ratable", "ratabel"),
        ("ratable", "{not: ratabel}"),
        ("ratable", "{nott: ratable}"),
        ("revenue_treatment", "channel"),
        ("2000-01-01", "1"),
        ("{debit:", "{credit: x, debit:"),
        ("debit:", "dedit:"),
        ("amount: gross", "amount: amount"),
        ("amount: gross", "amount: gross, only: zero"),
        ("amount: gross", "amount: gross, dimensions: {city: keep}"),
    ],
)
def test_an_editor_marks_what_the_loader_would_refuse(old: str, new: str) -> None:
    assert complaints("posting_rules", DEFERRED.replace(old, new, 1))
