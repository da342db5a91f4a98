"""Which journal entry or document a person means: by reference, ERP number or id; by type and native id, number or uid."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from uuid import UUID

from include.finance.errors import UnknownNameError
from include.pipelines.explain_evidence import ExplainEvidence
from include.ports.canonical import DOCUMENT_TYPES
from include.store.database import Connection
from include.store.explain_facts import EntryFacts, all_batches, entries_by_id, entries_named, versions_of

_LISTED = 10


def find_entry(connection: Connection, name: str) -> tuple[EntryFacts, int | None]:
    """The entry of `<reference, ERP number or id>`, and the line where it ends in `:<line>`.

    Raises UnknownNameError when there is none, and naming all of them where an ERP number is used by several.
    """
    wanted, line_no = _split_line(name.strip())
    uid = _uuid(wanted)
    found = list(entries_by_id(connection, [uid]).values()) if uid else entries_named(connection, wanted)
    if not found:
        raise UnknownNameError(
            f"No journal entry has the reference, ERP number or id {wanted}. References are 16 characters as in the ERP's "
            "text; `make report AS_OF=...` lists those of a night, table tieout.journal_entry all."
        )
    if len(found) > 1:
        each = ", ".join(
            f"{entry.reference} of {entry.legal_entity_code} in {entry.erp_code}" for entry in found[:_LISTED]
        )
        raise UnknownNameError(
            f"{len(found)} journal entries have the ERP number {wanted}: {each}. Ask again by the reference."
        )
    return found[0], line_no


def find_document(connection: Connection, evidence: ExplainEvidence, tenants: Mapping[str, str], name: str) -> UUID:
    """The document of `<type>:<native id>`, or of its uid, native id or number. `tenants` are those of the sources.

    Raises UnknownNameError when none was ever seen, and naming all of them where several are meant.
    """
    wanted = name.strip()
    document_type, _, native_id = wanted.partition(":")
    types = [document_type] if native_id and document_type in DOCUMENT_TYPES else list(DOCUMENT_TYPES)
    native_id = native_id if len(types) == 1 else wanted
    asked = {
        document_uid(source, tenant, each, native_id): f"{each}:{native_id} of source {source}"
        for source, tenant in tenants.items()
        for each in types
    }
    if uid := _uuid(wanted):
        asked[uid] = wanted
    found = {each.document_uid: asked[each.document_uid] for each in versions_of(connection, asked)}
    if not found and native_id == wanted:
        # Numbers are no names: the register has none, so what was landed is searched, every batch of it.
        for row in evidence.numbered(all_batches(connection), wanted):
            found[UUID(row["document_uid"])] = f"{row['document_type']}:{row['native_id']}"
    return _only(wanted, found)


def document_uid(source_code: str, tenant: str, document_type: str, native_id: str) -> UUID:
    """The name of a document everywhere in Tieout, as `evidence/sql/document_uid.sql` has it."""
    parts = (source_code, tenant, document_type, native_id)
    text = "|".join(f"{len(part.encode())}:{part}" for part in parts)
    return UUID(hashlib.sha256(text.encode()).hexdigest()[:32])


def _only(wanted: str, found: Mapping[UUID, str]) -> UUID:
    if not found:
        raise UnknownNameError(
            f"No document {wanted} was ever read. Write DOCUMENT=<type>:<id in the billing system>, for instance "
            f"DOCUMENT=invoice:INV-1, or its number as printed; the types are {', '.join(DOCUMENT_TYPES)}."
        )
    if len(found) > 1:
        each = ", ".join(sorted(found.values())[:_LISTED])
        raise UnknownNameError(
            f"{len(found)} documents are called {wanted}: {each}. Ask for one by type and id, or uid."
        )
    return next(iter(found))


def _split_line(name: str) -> tuple[str, int | None]:
    entry, _, line = name.rpartition(":")
    return (entry, int(line)) if entry and line.isdecimal() else (name, None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
