"""A scenario as its folder says it: rows of billing, rates, policy, and the entries that must come of them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from include.config.shapes import Shape, Text

FOLDER = Path(__file__).parent
COLUMNS = (
    "legal_entity",
    "posting_date",
    "document_date",
    "account",
    "currency",
    "amount_minor",
    "functional_minor",
    "source",
)
SOURCES = ("", "bank", "adjusting_journal")
OPENING = "opening"
_FILES = {"billing.sql", "fx.csv", "policy.yaml", "opening.csv", "expected.csv", "README.md"}
_NIGHT = re.compile(r"^-- night (\d{4}-\d\d-\d\d)\s*$")
_HOUR = time(6, tzinfo=UTC)


class ScenarioError(ValueError):
    """A scenario is written wrongly; the message names the file, the fact and the cure."""


class NightShape(Shape):
    """One night: the morning on which it is run (06:00 UTC), and what the ERP's people closed or opened before it."""

    morning: date
    close: dict[str, list[str]] = Field(default_factory=dict)
    reopen: dict[str, list[str]] = Field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        return datetime.combine(self.morning, _HOUR)


class PolicyShape(Shape):
    """`policy.yaml`."""

    title: Text
    nights: list[NightShape] = Field(min_length=1)
    not_built: Text | None = None
    wrong: Text | None = None
    exceptions: list[Text] = Field(default_factory=list)
    alone: bool = False
    held: list[Text] = Field(default_factory=list)
    legal_entities: dict[str, dict[str, Any]] = Field(default_factory=dict)
    fx: dict[str, Any] = Field(default_factory=dict)
    chart_of_accounts: dict[str, dict[str, Any]] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExpectedRow:
    """What something adds to one account; debit positive, in minor units. `source`: who enters it, if not we (`opening`: what stood there before).

    `document_date` is the day on which it happened; it is posted on another where that day was closed.
    """

    legal_entity: str
    posting_date: date
    document_date: date
    account: str
    currency: str
    amount_minor: int
    functional_minor: int
    source: str


@dataclass(frozen=True)
class Scenario:
    """One folder. Raises ScenarioError where it is not what the README says."""

    folder: Path

    def __post_init__(self) -> None:
        if strange := sorted({path.name for path in self.folder.iterdir()} - _FILES - {"__pycache__"}):
            raise ScenarioError(
                f"{self.folder.name}: nothing reads {', '.join(strange)}; see tests/scenarios/README.md."
            )

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def policy(self) -> PolicyShape:
        """What was decided about it."""
        try:
            return PolicyShape.model_validate(yaml.safe_load(self._read("policy.yaml")))
        except (yaml.YAMLError, ValidationError) as fault:
            raise ScenarioError(f"{self.name}/policy.yaml: {fault}") from None

    @property
    def known_gap(self) -> str | None:
        """Why it is not met yet, if it is not."""
        return self.policy.not_built or self.policy.wrong

    @property
    def fx_file(self) -> Path | None:
        """The file of exchange rates, in the form of `make fx-load`."""
        path = self.folder / "fx.csv"
        return path if path.exists() else None

    @property
    def settings(self) -> str:
        """What scenarios that share their nights have in common."""
        return repr(self.policy.model_dump(include={"nights", "legal_entities", "fx", "chart_of_accounts"}))

    @cached_property
    def rates(self) -> Mapping[tuple[str, ...], str]:
        """The exchange rates of `fx.csv`, by everything else that stands in their line."""
        if not self.fx_file:
            return {}
        with self.fx_file.open(encoding="utf-8", newline="") as file:
            return {tuple(v for k, v in row.items() if k != "rate"): row["rate"] for row in csv.DictReader(file)}

    @cached_property
    def billing(self) -> Mapping[date, str]:
        """What billing writes before each night, as SQL: the parts of `billing.sql`, the first without a heading."""
        nights = [night.morning for night in self.policy.nights]
        parts: dict[date, list[str]] = {night: [] for night in nights}
        current = nights[0]
        for number, line in enumerate(self._read("billing.sql").splitlines(), start=1):
            if heading := _NIGHT.match(line):
                current = date.fromisoformat(heading[1])
                if current not in parts:
                    raise ScenarioError(f"{self.name}/billing.sql, line {number}: policy.yaml has no night {current}.")
            parts[current].append(line)
        return {night: "\n".join(lines) for night, lines in parts.items()}

    @cached_property
    def expected(self) -> list[ExpectedRow]:
        """All rows of `expected.csv`. They balance by legal entity, posting date, currency and source."""
        return self._balanced("expected.csv")

    @cached_property
    def opening(self) -> list[ExpectedRow]:
        """What stood in the ERP before the first night, from `opening.csv`; none without the file. They balance likewise."""
        if not (self.folder / "opening.csv").exists():
            return []
        return self._balanced("opening.csv")

    def _balanced(self, name: str) -> list[ExpectedRow]:
        rows = list(self._rows(name))
        sums: Counter[tuple[str, ...]] = Counter()
        for row in rows:
            where = row.legal_entity, str(row.posting_date), row.currency
            sums[*where, row.source, "amount_minor"] += row.amount_minor
            sums[*where, row.source, "functional_minor"] += row.functional_minor
        if wrong := [f"{' '.join(key)}: {total}" for key, total in sums.items() if total]:
            raise ScenarioError(f"{self.name}/{name} does not balance: {'; '.join(wrong)} too much.")
        return rows

    def _rows(self, name: str) -> Iterator[ExpectedRow]:
        lines = [line for line in self._read(name).splitlines() if line.strip() and not line.startswith("#")]
        reader = csv.DictReader(lines, strict=True, skipinitialspace=True, restval="")
        if not set(COLUMNS[:-1]) <= set(reader.fieldnames or ()) <= set(COLUMNS):
            raise ScenarioError(f"{self.name}/{name}: the first line must name {', '.join(COLUMNS)}.")
        for row in reader:
            try:
                yield replace(_expected(row), source=OPENING) if name == "opening.csv" else _expected(row)
            except ValueError as fault:
                raise ScenarioError(f"{self.name}/{name}: {dict(row)}: {fault}.") from None

    def _read(self, name: str) -> str:
        path = self.folder / name
        if not path.exists():
            raise ScenarioError(f"{self.name} has no {name}; see tests/scenarios/README.md.")
        return path.read_text(encoding="utf-8")


@cache
def scenarios() -> tuple[Scenario, ...]:
    """All scenarios, in order of their names."""
    return tuple(Scenario(path.parent) for path in sorted(FOLDER.glob("*/policy.yaml")))


@cache
def worlds() -> tuple[tuple[Scenario, ...], ...]:
    """The scenarios in groups that share their nights: of the same nights and settings, and without a rate that contradicts."""
    groups: list[list[Scenario]] = []
    for scenario in scenarios():
        fitting = [group for group in groups if all(_fit(scenario, other) for other in group)]
        if fitting:
            fitting[0].append(scenario)
        else:
            groups.append([scenario])
    return tuple(tuple(group) for group in groups)


def _fit(one: Scenario, other: Scenario) -> bool:
    if one.policy.alone or other.policy.alone:
        return False
    return one.settings == other.settings and all(other.rates.get(day, rate) == rate for day, rate in one.rates.items())


def sharing(scenario: Scenario) -> tuple[Scenario, ...]:
    """All scenarios that share its nights, itself too."""
    [together] = [group for group in worlds() if scenario in group]
    return together


def _expected(row: Mapping[str, str]) -> ExpectedRow:
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if given["source"] not in SOURCES:
        raise ValueError(f"source is empty (Tieout books it), {' or '.join(SOURCES[1:])}")
    posted, amount = date.fromisoformat(given["posting_date"]), int(given["amount_minor"])
    return ExpectedRow(
        legal_entity=given["legal_entity"],
        posting_date=posted,
        document_date=date.fromisoformat(given["document_date"] or given["posting_date"]),
        account=given["account"],
        currency=given["currency"],
        amount_minor=amount,
        functional_minor=int(given["functional_minor"] or amount),
        source=given["source"],
    )
