"""Journal entries written down as an accountant would, put into the finance database ready for posting."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from include.config.folder import PACKAGE_FOLDER
from include.config.load import load_configuration
from include.finance.entity import LegalEntity
from include.finance.journal import reference_of
from include.finance.money import Currency, parse_minor
from include.store.database import Connection, FinanceDatabase, Row
from include.store.postings import PostingStore

ERP = "tryton"
US = LegalEntity("US", "Tieout US Inc.", Currency("USD", 2), ZoneInfo("America/New_York"), ERP)
DE = LegalEntity("DE", "Tieout DE GmbH", Currency("EUR", 2), ZoneInfo("Europe/Berlin"), ERP)
JP = LegalEntity("JP", "Tieout JP K.K.", Currency("JPY", 0), ZoneInfo("Asia/Tokyo"), ERP)
READ_INSTANT = datetime(2026, 2, 1, 12, tzinfo=UTC)
_NAMES = UUID("00000000-0000-0000-0000-00000000feed")


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """One entry of a ledger text."""

    posting_date: date
    category: str
    lines: tuple[tuple[str, int], ...]


def read_ledger_text(text: str, exponent: int) -> list[WrittenEntry]:
    """Entries of a text: a line `date category`, then indented lines `account amount`, debit positive."""
    entries: list[tuple[date, str, list[tuple[str, int]]]] = []
    for line in text.strip("\n").splitlines():
        words = line.split()
        if not words:
            continue
        if line.startswith(" "):
            entries[-1][2].append((words[0], parse_minor(words[1], exponent)))
        else:
            entries.append((date.fromisoformat(words[0]), words[1], []))
    return [WrittenEntry(day, category, tuple(lines)) for day, category, lines in entries]


def write_entries(
    finance: FinanceDatabase, entity: LegalEntity, text: str, *, night: str = "1", held_reason: str | None = None
) -> list[str]:
    """Commit a batch with the entries of a ledger text and return their references.

    The same night, entity and text give the same references, as a night that is run again does.
    """
    written = read_ledger_text(text, entity.functional_currency.exponent)
    with finance.transaction() as connection:
        batch_no = _batch(connection)
        return [
            _write(
                connection, batch_no, entity, entry, uuid5(_NAMES, f"{night}{entity.code}{text}{number}"), held_reason
            )
            for number, entry in enumerate(written)
        ]


def states(finance: FinanceDatabase) -> dict[str, str]:
    """State of every entry by reference."""
    with finance.transaction() as connection:
        return {row["reference"]: row["state"] for row in connection.execute("select * from journal_entry")}


def posting_store(finance: FinanceDatabase) -> PostingStore:
    """The postings of a finance database, exceptions assigned as the shipped configuration says."""
    return PostingStore(finance, load_configuration(PACKAGE_FOLDER).assignments())


def open_exceptions(finance: FinanceDatabase) -> dict[str, Row]:
    """Open exceptions by rule."""
    with finance.transaction() as connection:
        rows = connection.execute("select * from exception where state = 'open'").fetchall()
    return {row["cause"].rsplit("|", 1)[1]: row for row in rows}


def set_row(finance: FinanceDatabase, reference: str, assignment: str) -> None:
    """Put an entry by hand where a test needs it, e.g. `state = 'ready'`."""
    with finance.transaction() as connection:
        connection.execute(f"update journal_entry set {assignment} where reference = %s", (reference,))


def _batch(connection: Connection) -> int:
    source = "insert into source_stream (source_code) values ('billing') on conflict do nothing"
    connection.execute(source)
    attempt, instant = uuid4(), READ_INSTANT
    connection.execute(
        """insert into attempt (id, source_code, kind, read_instant, horizon_from, state, evidence_path)
        values (%s, 'billing', 'night', %s, 0, 'committed', 'test')""",
        (attempt, instant),
    )
    row = connection.execute(
        """insert into batch (id, attempt_id, source_code, read_instant, horizon_from, horizon_to, snapshot_rank,
            generation, rule_set_sha256, code_version, manifest)
        select %s, %s, 'billing', %s, 0, 1, 1, count(*) + 1, '', '', '[]' from batch returning batch_no""",
        (uuid4(), attempt, instant),
    ).fetchone()
    assert row is not None
    return int(row["batch_no"])


def _write(
    connection: Connection,
    batch_no: int,
    entity: LegalEntity,
    entry: WrittenEntry,
    entry_id: UUID,
    held_reason: str | None,
) -> str:
    reference, currency = reference_of(entry_id), entity.functional_currency
    connection.execute(
        """insert into journal_entry (id, batch_no, erp_code, legal_entity_code, period_name, posting_date, currency,
            exponent, functional_currency, functional_exponent, category, reference, content_sha256, description,
            document_count, total_debit_minor, state, held_reason)
        values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s)""",
        (
            entry_id,
            batch_no,
            entity.erp_code,
            entity.code,
            entry.posting_date.strftime("%Y-%m"),
            entry.posting_date,
            currency.code,
            currency.exponent,
            currency.code,
            currency.exponent,
            entry.category,
            reference,
            hashlib.sha256(repr(entry).encode()).digest(),
            f"{entry.category} {entry.posting_date}",
            sum(amount for _, amount in entry.lines if amount > 0),
            "held" if held_reason else "ready",
            held_reason,
        ),
    )
    _write_lines(connection, entry_id, entry.lines)
    _add_to_balances(connection, entity, entry)
    return reference


def _write_lines(connection: Connection, entry_id: UUID, lines: Sequence[tuple[str, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into journal_line (entry_id, line_no, account_code, amount_minor, functional_minor,
                document_count, line_text)
            values (%s, %s, %s, %s, %s, 1, %s)""",
            [
                (entry_id, number, account, amount, amount, f"line {number}")
                for number, (account, amount) in enumerate(lines)
            ],
        )


def _add_to_balances(connection: Connection, entity: LegalEntity, entry: WrittenEntry) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            """insert into control_balance as kept values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            on conflict (erp_code, legal_entity_code, account_code, period_name, currency) do update set
                debit_minor = kept.debit_minor + excluded.debit_minor, credit_minor = kept.credit_minor + excluded.credit_minor,
                functional_debit_minor = kept.functional_debit_minor + excluded.functional_debit_minor,
                functional_credit_minor = kept.functional_credit_minor + excluded.functional_credit_minor""",
            [
                (
                    *(entity.erp_code, entity.code, account, entry.posting_date.strftime("%Y-%m")),
                    *(entity.functional_currency.code, max(amount, 0), max(-amount, 0)),
                    *(max(amount, 0), max(-amount, 0)),
                )
                for account, amount in entry.lines
            ],
        )
