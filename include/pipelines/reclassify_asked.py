"""What a person asks to be booked anew: documents by name, or by a filter, and the periods of their events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from include.config.configuration import Configuration
from include.finance.errors import ReclassificationError, UnknownNameError
from include.pipelines.explain_names import document_uid
from include.ports.canonical import DOCUMENT_TYPES
from include.store.database import FinanceDatabase
from include.store.explain_facts import versions_of

FILTERS = ("source", "type", "entity", "currency", "customer")


@dataclass(frozen=True, slots=True)
class Asked:
    """Documents by `<type>:<native id>`, or all that `where` fits (of FILTERS), with events in a span of periods; and why."""

    documents: tuple[str, ...]
    where: Mapping[str, str]
    first_period: str
    last_period: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """As it is kept with the proposal."""
        return {
            "documents": sorted(self.documents),
            "where": dict(sorted(self.where.items())),
            "first_period": self.first_period,
            "last_period": self.last_period,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Asked:
        """As it was kept."""
        return cls(
            tuple(content["documents"]),
            dict(content["where"]),
            content["first_period"],
            content["last_period"],
            content["reason"],
        )


def read_asked(documents: str, where: str, first_period: str, last_period: str, reason: str) -> Asked:
    """What was asked for, from the words of a command. Raises ReclassificationError for words that say nothing, or too much."""
    names, conditions = documents.split(), {}
    for word in where.split():
        name, _, value = word.partition("=")
        if name not in FILTERS or not value:
            raise ReclassificationError(
                f"WHERE has {word!r}, and understands {', '.join(f'{each}=...' for each in FILTERS)}, several with blanks between "
                "them, as in WHERE='type=invoice entity=US'."
            )
        conditions[name] = value
    if bool(names) == bool(conditions):
        raise ReclassificationError(
            "Say which documents: either by name, DOCUMENTS='invoice:INV-1 invoice:INV-2', or WHERE='type=invoice entity=US'."
        )
    if not reason.strip():
        raise ReclassificationError("Say why, for those who read it in a year: REASON='Tax of Nevada belongs to 2010'.")
    return Asked(tuple(names), conditions, first_period, last_period, reason.strip())


def documents_by_source(
    database: FinanceDatabase, configuration: Configuration, asked: Asked
) -> dict[str, Sequence[UUID]]:
    """The documents asked for by name, by source; of a filter, every source that it fits, without names.

    Raises UnknownNameError naming all that were never read, and sources that there are none of.
    """
    sources = {code: source.tenant for code, source in configuration.sources.items()}
    if not asked.documents:
        if (only := asked.where.get("source")) and only not in sources:
            raise UnknownNameError(f"There is no source {only}; sources.yaml has {', '.join(sorted(sources))}.")
        return {code: () for code in sorted(sources) if only in (None, code)}
    named = {
        (source, document_uid(source, tenant, *document_parts(name))): name
        for name in asked.documents
        for source, tenant in sources.items()
    }
    with database.transaction() as connection:
        known = {each.document_uid for each in versions_of(connection, [uid for _, uid in named])}
    found: dict[str, list[UUID]] = {}
    for source, uid in named:
        if uid in known:
            found.setdefault(source, []).append(uid)
    if missing := sorted({*asked.documents} - {named[key] for key in named if key[1] in known}):
        raise UnknownNameError(
            f"No document {', '.join(missing)} was ever read. Write <type>:<id in the billing system>, for instance "
            "invoice:INV-1; `make explain DOCUMENT=<number>` shows the id of a number."
        )
    return dict(found)


def document_parts(name: str) -> tuple[str, str]:
    """Type and id of `<type>:<id in the billing system>`. Raises UnknownNameError."""
    document_type, _, native_id = name.partition(":")
    if document_type not in DOCUMENT_TYPES or not native_id:
        raise UnknownNameError(
            f"{name} is no document: write <type>:<id in the billing system>; the types are {', '.join(DOCUMENT_TYPES)}."
        )
    return document_type, native_id
