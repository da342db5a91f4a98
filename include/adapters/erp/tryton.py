"""Tryton 8.0 as a general ledger, over JSON-RPC. Facts: contract sheet, run against 8.0.12 on PostgreSQL.

A move is created as a draft and posted by a second call. Its description is our reference and nothing else, so that it
can be searched by equality; nothing in Tryton keeps it unique, that is our part. One move per create: in a bulk create
Tryton's own checks are weaker.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from include.adapters.erp.tryton_book import TrytonBook, read_book, read_periods
from include.adapters.erp.tryton_rpc import TrytonLogin, TrytonRpc
from include.adapters.erp.tryton_wire import minor_of, wire_amount, wire_date
from include.adapters.http import HttpClient, redact
from include.finance.entity import LegalEntity
from include.finance.errors import (
    ConfigurationError,
    EntryRefusedError,
    OutcomeUnknownError,
    PeriodClosedError,
    SystemUnreachableError,
    TieoutError,
)
from include.finance.journal import JournalCategory, JournalEntry, JournalLine, ReversalStyle
from include.finance.period import AccountingPeriod
from include.ports.erp import (
    CurrencyMode,
    ErpLimits,
    LedgerEntry,
    LedgerLine,
    LedgerState,
    Movement,
    PostedEntry,
    ReferenceData,
)
from include.ports.pace import Pace

# Tryton has no limit of its own; longer entries get slow to check and to look at.
LINES_PER_ENTRY = 5_000
_REFERENCE = re.compile(r"[A-Z2-7]{16}")
_PAGE = 2000
_HEADER = ["number", "state", "date", "description"]
# Posting a draft twice has the effect of once, so a lock not obtained is tried again; the margin that doubt waits
# (PostingTimes) covers this span.
_RELEASE_RETRY_SECONDS = 5


class TrytonErp:
    """Tryton behind the port `Erp`. One instance per task; it keeps what it has read of each company.

    `companies`: Tryton's company name or party code by our entity code. `parties`: party name by (entity, account), for
    accounts whose lines need one. `journals`: Tryton's journal code by category, by default its name in capitals.
    `max_request_seconds` must be more than the server's own transaction timeout: what it has not committed by then it
    never will.
    """

    def __init__(
        self,
        url: str,
        database: str,
        login: str,
        password: str,
        *,
        companies: Mapping[str, str],
        parties: Mapping[tuple[str, str], str] | None = None,
        journals: Mapping[JournalCategory, str] | None = None,
        max_request_seconds: int = 20,
        http: HttpClient | None = None,
        pace: Pace | None = None,
    ) -> None:
        client = http or HttpClient(f"Tryton at {redact(url)}, database {database},", pace=pace)
        self.limits = ErpLimits(
            lines_per_entry=LINES_PER_ENTRY,
            max_request_seconds=max_request_seconds,
            answer_seconds=client.total_seconds,
            reference_length=16,
            text_length=250,
            currency_mode=CurrencyMode.FUNCTIONAL_ONLY,
            reversal_styles=frozenset(ReversalStyle),  # its own cancelling entries have negative amounts
        )
        self._rpc = TrytonRpc(TrytonLogin(url, database, login, password), client)
        self._client = client
        self._companies = companies
        self._parties = parties or {}
        self._journals = journals or {category: category.value.upper() for category in JournalCategory}
        self._books: dict[str, TrytonBook] = {}

    # Looking

    def references(self, entity: LegalEntity, since: date) -> Mapping[str, Sequence[PostedEntry]]:
        """All moves of our journals whose description looks like a reference of ours, drafts too, by reference."""
        book = self._book(entity)
        domain = [
            ["company", "=", book.company_id],
            ["date", ">=", wire_date(since)],
            ["journal", "in", sorted(book.journals.values())],
        ]
        found: dict[str, list[PostedEntry]] = {}
        for row in self._pages("model.account.move.search_read", domain, _HEADER, book):
            if _REFERENCE.fullmatch(row["description"] or ""):
                found.setdefault(row["description"], []).append(_posted(row))
        return found

    def find(self, entity: LegalEntity, reference: str) -> Sequence[PostedEntry]:
        """All moves of the company with this reference, in whatever journal, the oldest first."""
        book = self._book(entity)
        domain = [["company", "=", book.company_id], ["description", "=", reference]]
        return [_posted(row) for row in self._pages("model.account.move.search_read", domain, _HEADER, book)]

    def read_back(self, entity: LegalEntity, posted: PostedEntry) -> LedgerEntry:
        """One move with its lines."""
        entries = self.read_back_many(entity, [posted])
        if not entries:
            raise SystemUnreachableError(f"Tryton does not show move {posted.erp_id} ({posted.reference}): ask again.")
        return entries[0]

    def read_back_many(self, entity: LegalEntity, posted: Sequence[PostedEntry]) -> Sequence[LedgerEntry]:
        """Moves with their lines in two calls per 500; those that are gone are left out."""
        book = self._book(entity)
        entries: dict[str, LedgerEntry] = {}
        ids = [int(each.erp_id) for each in posted]
        for start in range(0, len(ids), 500):
            entries |= self._entries(book, ids[start : start + 500])
        return [entries[each.erp_id] for each in posted if each.erp_id in entries]

    def periods(self, entity: LegalEntity) -> Sequence[AccountingPeriod]:
        """All standard periods of the company, as they are now."""
        known = self._book(entity).company_id
        return [each.period for each in read_periods(self._rpc, known)]

    def reference_data(self, entity: LegalEntity) -> ReferenceData:
        """Accounts, journals and currency of the company, as they are now; the adapter's own memory is renewed too."""
        self._books.pop(entity.code, None)
        return self._book(entity).reference_data()

    def balances(self, entity: LegalEntity, until: date) -> Mapping[str, int]:
        """Balance per account of all posted moves up to and including a day, added up from their lines."""
        book = self._book(entity)
        domain = [
            ["move.company", "=", book.company_id],
            ["move.state", "=", "posted"],
            ["move.date", "<=", wire_date(until)],
        ]
        balances: dict[str, int] = {}
        for row in self._pages("model.account.move.line.search_read", domain, ["account", "debit", "credit"], book):
            code = _code(row, book)
            balances[code] = balances.get(code, 0) + _amount(row, book)
        return balances

    def movements(self, entity: LegalEntity, period: str, accounts: Collection[str]) -> Sequence[Movement]:
        """Debit and credit per account of one period, summed up by Tryton itself."""
        book = self._book(entity)
        context = book.context | {"periods": [self._period_id(book, period)], "posted": True}
        domain = [["company", "=", book.company_id], ["code", "in", sorted(accounts)]]
        rows = self._rpc.read(
            "model.account.account.search_read", domain, 0, None, None, ["code", "debit", "credit"], context
        )
        found = [
            Movement(row["code"], minor_of(row["debit"], book.exponent), minor_of(row["credit"], book.exponent))
            for row in rows
        ]
        return [each for each in found if each.debit_minor or each.credit_minor]

    def entries(
        self, entity: LegalEntity, period: str, accounts: Collection[str], since: date
    ) -> Sequence[LedgerEntry]:
        """Posted moves with a line on one of these accounts, those lines, and the user who made each."""
        book = self._book(entity)
        domain = [
            ["move.company", "=", book.company_id],
            ["move.period", "=", self._period_id(book, period)],
            ["move.state", "=", "posted"],
            ["move.date", ">=", wire_date(since)],
            ["account", "in", [book.accounts[code] for code in sorted(accounts) if code in book.accounts]],
        ]
        fields = ["move", "account", "debit", "credit", "description"]
        lines: dict[int, list[LedgerLine]] = {}
        for row in self._pages("model.account.move.line.search_read", domain, fields, book):
            lines.setdefault(row["move"], []).append(_line(row, book))
        headers = [*_HEADER, "create_uid.name"]
        return [
            LedgerEntry(_posted(row), period, tuple(lines[row["id"]]), (row.get("create_uid.") or {}).get("name") or "")
            for start in range(0, len(lines), 500)
            for row in self._pages(
                "model.account.move.search_read", [["id", "in", sorted(lines)[start : start + 500]]], headers, book
            )
        ]

    # Writing

    def await_turn(self) -> None:
        """Wait for this client's turn at the pace that it was given."""
        self._client.await_turn()

    def create(self, entity: LegalEntity, entry: JournalEntry) -> PostedEntry:
        """Create the draft of one entry."""
        book = self._book(entity)
        created = self._rpc.write(
            f"Journal entry {entry.reference} of legal entity {entity.code}",
            "model.account.move.create",
            [_new_move(book, entry)],
            book.context,
        )
        if not isinstance(created, list) or len(created) != 1:
            raise OutcomeUnknownError(f"Journal entry {entry.reference}: Tryton created it and gave no id; ask for it.")
        return PostedEntry(str(created[0]), entry.reference, LedgerState.DRAFT, None, entry.posting_date)

    def release(self, entity: LegalEntity, draft: PostedEntry) -> PostedEntry:
        """Post a draft and read its number."""
        book = self._book(entity)
        subject = f"Journal entry {draft.reference} of legal entity {entity.code}"
        try:
            self._rpc.write(
                subject,
                "model.account.move.post",
                [int(draft.erp_id)],
                book.context,
                busy_retry_seconds=_RELEASE_RETRY_SECONDS,
            )
        except EntryRefusedError:
            # Tryton refuses to post what is posted already: then it is as it should be.
            posted = self._move(book, draft, subject)
            if posted is None or posted.state is not LedgerState.POSTED:
                raise
            return posted
        posted = self._move(book, draft, subject)
        if posted is None or posted.state is not LedgerState.POSTED:
            raise OutcomeUnknownError(f"{subject}: Tryton took the posting and does not show it; ask for it.")
        return posted

    def delete_draft(self, entity: LegalEntity, draft: PostedEntry) -> None:
        """Delete a draft; Tryton itself refuses this for a posted move."""
        book = self._book(entity)
        subject = f"Draft {draft.erp_id} of journal entry {draft.reference} of legal entity {entity.code}"
        self._rpc.write(subject, "model.account.move.delete", [int(draft.erp_id)], book.context)

    # Inside

    def _book(self, entity: LegalEntity) -> TrytonBook:
        if entity.code not in self._books:
            company = self._companies.get(entity.code)
            if company is None:
                raise ConfigurationError(
                    f"Legal entity {entity.code} has no company in ERP {entity.erp_code}: add it to its `companies`."
                )
            parties = {account: name for (code, account), name in self._parties.items() if code == entity.code}
            self._books[entity.code] = read_book(self._rpc, entity, company, parties, self._journals)
        return self._books[entity.code]

    def _period_id(self, book: TrytonBook, name: str) -> int:
        found = next((each.id for each in book.periods if each.period.name == name), None)
        if found is None:
            raise PeriodClosedError(f"There is no period {name} in Tryton: create the fiscal year there.")
        return found

    def _move(self, book: TrytonBook, entry: PostedEntry, subject: str) -> PostedEntry | None:
        """A move as it is now, asked for in the middle of a write: without an answer, that write's outcome is unknown."""
        try:
            found = list(self._pages("model.account.move.search_read", [["id", "=", int(entry.erp_id)]], _HEADER, book))
        except TieoutError as error:
            raise OutcomeUnknownError(f"{subject}: sent, but its number could not be read; ask for it.") from error
        move = _posted(found[0]) if found else None
        # An answer that was another's leads to another's entry: what became of ours only its reference can tell.
        if move is not None and move.reference != entry.reference:
            raise OutcomeUnknownError(
                f"{subject}: Tryton's id {entry.erp_id} is that of entry {move.reference or 'without a reference'}; ask for ours by its reference."
            )
        return move

    def _pages(
        self, method: str, domain: list[Any], fields: list[str], book: TrytonBook
    ) -> Iterator[Mapping[str, Any]]:
        # By id and not by offset: what is added or deleted meanwhile cannot make a page skip a row.
        last = 0
        while True:
            rows = self._rpc.read(method, [*domain, ["id", ">", last]], 0, _PAGE, [["id", "ASC"]], fields, book.context)
            yield from rows
            if len(rows) < _PAGE:
                return
            last = rows[-1]["id"]

    def _entries(self, book: TrytonBook, ids: Sequence[int]) -> dict[str, LedgerEntry]:
        fields = [*_HEADER, "period.name"]
        moves = list(self._pages("model.account.move.search_read", [["id", "in", list(ids)]], fields, book))
        line_fields = ["move", "account", "debit", "credit", "description"]
        lines = self._pages("model.account.move.line.search_read", [["move", "in", list(ids)]], line_fields, book)
        by_move = sorted(lines, key=lambda row: (row["move"], row["id"]))
        grouped = groupby(by_move, lambda row: row["move"])
        kept = {move: tuple(_line(row, book) for row in rows) for move, rows in grouped}
        return {
            str(move["id"]): LedgerEntry(_posted(move), move["period."]["name"], kept.get(move["id"], ()))
            for move in moves
        }


def _new_move(book: TrytonBook, entry: JournalEntry) -> dict[str, Any]:
    journal = book.journals.get(entry.category.value)
    if journal is None:
        raise EntryRefusedError(
            f"Journal entry {entry.reference}: Tryton has no journal {entry.category.value.upper()}; create it there."
        )
    return {
        "company": book.company_id,
        "journal": journal,
        "period": book.period_on(entry.posting_date).id,
        "date": wire_date(entry.posting_date),
        "description": entry.reference,
        "lines": [["create", [_move_line(book, entry, line) for line in entry.lines]]],
    }


def _move_line(book: TrytonBook, entry: JournalEntry, line: JournalLine) -> dict[str, Any]:
    account = book.accounts.get(line.account_code)
    if account is None:
        raise EntryRefusedError(
            f"Journal entry {entry.reference}: account {line.account_code} of legal entity {entry.legal_entity_code} "
            f"does not exist in Tryton; create it there or correct the chart of accounts."
        )
    is_negative = entry.style is ReversalStyle.NEGATIVE
    debit, credit = LedgerLine(line.account_code, line.in_books.minor, line.text, is_negative).sides
    fields: dict[str, Any] = {
        "account": account,
        "debit": wire_amount(debit, book.exponent),
        "credit": wire_amount(credit, book.exponent),
        "description": line.text,
    }
    if line.account_code in book.parties:
        fields["party"] = book.parties[line.account_code]
    return fields


def _posted(row: Mapping[str, Any]) -> PostedEntry:
    state = LedgerState.POSTED if row["state"] == "posted" else LedgerState.DRAFT
    return PostedEntry(str(row["id"]), row["description"] or "", state, row["number"], row["date"])


def _line(row: Mapping[str, Any], book: TrytonBook) -> LedgerLine:
    is_negative = row["debit"] < 0 or row["credit"] < 0
    return LedgerLine(_code(row, book), _amount(row, book), row["description"] or "", is_negative)


def _amount(row: Mapping[str, Any], book: TrytonBook) -> int:
    return minor_of(row["debit"], book.exponent) - minor_of(row["credit"], book.exponent)


def _code(row: Mapping[str, Any], book: TrytonBook) -> str:
    # An account without a code is none of ours; it stays visible by its id.
    return book.codes.get(row["account"], f"#{row['account']}")
