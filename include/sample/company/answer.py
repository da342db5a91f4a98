"""The answer: what each night of the sample company must show."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class OutcomeCount:
    """How many documents of one kind end a night with one outcome, and their gross together."""

    document_type: str
    legal_entity_code: str
    currency: str
    outcome: str
    reason: str
    document_count: int
    total_minor: int


@dataclass(frozen=True, slots=True, order=True)
class LedgerBalance:
    """The net of one account and period after a night; debit positive. Zeros are left out."""

    legal_entity_code: str
    account_code: str
    period: str
    currency: str
    net_minor: int


@dataclass(frozen=True, slots=True, order=True)
class DocumentNote:
    """One document and what is to be said of it: a rule it breaks, an invoice it waits for, a reason it is held."""

    document_type: str
    native_id: str
    note: str


@dataclass(frozen=True, slots=True)
class NightAnswer:
    """What stands after one night. `entries_at_most` bounds the journal entries it makes."""

    number: int
    as_of: str
    outcomes: list[OutcomeCount]
    ledger: list[LedgerBalance]
    exceptions: list[DocumentNote]
    waiting: list[DocumentNote]
    held: list[DocumentNote]
    documents: list[DocumentNote]  # every document read tonight, with outcome and reason
    entries_at_most: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What both nights must show, and the ids of the special documents by name."""

    seed: int
    size: int
    specials: dict[str, tuple[str, str]]
    nights: list[NightAnswer]


def write_answer_file(path: Path, answer: Answer) -> None:
    """Write an answer as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(answer), indent=1) + "\n", encoding="utf-8")
