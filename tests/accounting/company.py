"""A company under test: billing in memory, a real finance database, evidence on disk, and its ledger as readable text."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import UUID

from include.config.configuration import Configuration
from include.config.load import load_configuration
from include.evidence.store import EvidenceStore
from include.pipelines.account import Accounted, AccountingDesk, account_attempt
from include.pipelines.extract import Extracted, extract_source
from include.pipelines.recognise import Recognised, recognise_source
from include.pipelines.revalue import Revalued, revalue_source
from include.store.database import FinanceDatabase
from tests.accounting.billing import Billing, Document
from tests.accounting.evidence import decisions, entries

SHIPPED = load_configuration()
FIRST_NIGHT = datetime(2026, 2, 1, 6, tzinfo=UTC)
_LEDGER = """
select e.posting_date, e.legal_entity_code, e.category, e.held_reason, e.currency, e.exponent, e.batch_no, e.part_no,
    l.account_code,
    sum(l.amount_minor)::bigint as amount_minor, e.functional_currency, e.functional_exponent,
    sum(l.functional_minor)::bigint as functional_minor
from journal_entry as e
join journal_line as l on l.entry_id = e.id
where e.state <> 'superseded' and e.batch_no = any(%s)
group by e.posting_date, e.legal_entity_code, e.category, e.held_reason, e.currency, e.exponent, e.functional_currency,
    e.functional_exponent, e.batch_no, e.part_no, l.account_code
having sum(l.amount_minor) <> 0 or sum(l.functional_minor) <> 0
order by e.posting_date, e.legal_entity_code, e.category, e.held_reason, e.currency, e.batch_no, e.part_no, l.account_code
"""


@dataclass
class Company:
    """One source and its books. Nights are a day apart, the first in the morning of 1 February 2026."""

    finance: FinanceDatabase
    folder: Path
    source_code: str = "billing"
    line_limit: int = 1000
    configuration: Configuration = SHIPPED
    billing: Billing = field(default_factory=Billing)
    nights: int = 0

    def __post_init__(self) -> None:
        (self.folder / "scratch").mkdir(parents=True, exist_ok=True)
        self.evidence = EvidenceStore(str(self.folder / "evidence"), self.folder / "scratch")

    @property
    def desk(self) -> AccountingDesk:
        return AccountingDesk(
            self.finance, self.evidence, self.configuration, "test", self.folder / "scratch", self.line_limit
        )

    def night(self, *documents: Document, **given: Any) -> Accounted:
        """Billing commits these documents, then a night is extracted and accounted."""
        if documents:
            self.billing.put(*documents)
        return account_attempt(self.desk, self.extract(**given).attempt_id)

    def extract(self, **given: Any) -> Extracted:
        """Land a night without accounting it."""
        instant = given.pop("instant", FIRST_NIGHT + timedelta(days=self.nights))
        self.nights += 1
        parts: dict[str, Any] = {"kind": "night", "database": self.finance, "evidence": self.evidence} | given
        done = extract_source(self.billing, source_code=self.source_code, tenant="main", read_instant=instant, **parts)
        assert isinstance(done, Extracted)
        return done

    def account(self, attempt_id: UUID, **changed: Any) -> Accounted:
        return account_attempt(replace(self.desk, **changed), attempt_id)

    def recognise(self, instant: datetime, periods: Sequence[str] = ()) -> Recognised:
        """Recognise what has ended at an instant."""
        return recognise_source(self.desk, self.source_code, instant, periods)

    def revalue(self, instant: datetime, period: str | None = None) -> Revalued:
        """Revalue the last period that has ended at an instant, or another."""
        return revalue_source(self.desk, self.source_code, instant, period)

    def supersede(self, accounted: Accounted, category: str) -> set[str]:
        """Entries of a batch and category are given up before they were posted; the names of their documents."""
        with self.finance.transaction() as connection:
            rows = connection.execute(
                "update journal_entry as e set state = 'superseded', held_reason = null from batch as b"
                " where b.id = %s and e.batch_no = b.batch_no and e.category = %s returning e.id, b.batch_no",
                (accounted.batch_id, category),
            ).fetchall()
            given_up = [str(row["id"]) for row in rows]
            connection.execute(
                "update event_booking set is_superseded = true where journal_entry_id = any(%s::uuid[])", (given_up,)
            )
            documents = {
                (row["document_uid"], self.source_code, row["document_type"], row["native_id"])
                for row in entries(self, accounted)
                if str(row["journal_entry_id"]) in given_up
            }
            with connection.cursor() as cursor:
                cursor.executemany(
                    "insert into document_retry values (%s, %s, %s, %s, 'superseded')"
                    " on conflict (document_uid) do update set reason = excluded.reason",
                    sorted(documents),
                )
        return {native_id for *_, native_id in documents}

    # Looking

    def rows(self, query: str, *parameters: Any) -> list[dict[str, Any]]:
        with self.finance.transaction() as connection:
            return connection.execute(query, parameters or None).fetchall()  # type: ignore[call-overload, no-any-return]

    def ledger(self, batch: UUID | None = None, kind: str | None = None) -> str:
        """All entries, or those of one batch or kind, as an accountant would write them: net per entry and account."""
        batches = self.rows(
            "select batch_no from batch where source_code = %s and coalesce(id = %s, true) and coalesce(kind = %s, true)",
            self.source_code,
            batch,
            kind,
        )
        lines, last = [], None
        for row in self.rows(_LEDGER, [each["batch_no"] for each in batches]):
            head = f"{row['posting_date']} {row['legal_entity_code']} {row['category']}"
            head += f" (held: {row['held_reason']})" if row["held_reason"] else ""
            if (place := (head, row["currency"], row["batch_no"], row["part_no"])) != last:
                lines.append(head)
                last = place
            name = self.configuration.charts["default"].accounts[row["account_code"]].name
            worth = f" {_decimal(row, 'functional_')}" if row["functional_currency"] != row["currency"] else ""
            lines.append(f"  {row['account_code']} {name} {_decimal(row)}{worth}")
        return "\n".join(lines)

    def balances(self) -> dict[str, int]:
        """What stands on each account that was ever moved, over all legal entities."""
        query = """
            select l.account_code, sum(l.amount_minor)::bigint as amount_minor
            from journal_entry as e
            join batch as b on b.batch_no = e.batch_no
            join journal_line as l on l.entry_id = e.id
            where e.state <> 'superseded' and b.source_code = %s
            group by l.account_code
        """
        return {row["account_code"]: row["amount_minor"] for row in self.rows(query, self.source_code)}

    def worth(self) -> dict[str, int]:
        """What stands on each account in the books' own currency, for a company of one legal entity."""
        sums: dict[str, int] = {}
        for each in self.lines():
            sums[each["account_code"]] = sums.get(each["account_code"], 0) + each["functional_minor"]
        return dict(sorted(sums.items()))

    def lines(self) -> list[dict[str, Any]]:
        """All journal lines."""
        query = """
            select l.* from journal_line as l
            join journal_entry as e on e.id = l.entry_id
            join batch as b on b.batch_no = e.batch_no
            where b.source_code = %s
            order by e.batch_no, e.id, l.line_no
        """
        return self.rows(query, self.source_code)

    def outcomes(self, accounted: Accounted) -> dict[str, str]:
        """What became of each document of a night, by its name: outcome, and reason where there is one."""
        return {
            row["native_id"]: " ".join(filter(None, (row["outcome"], row["reason"])))
            for row in decisions(self, accounted)
        }

    def exceptions(self) -> dict[str, list[str]]:
        """The rules of the open exceptions by document."""
        found: dict[str, list[str]] = {}
        for row in self.rows(
            "select subject_id, cause from exception where state = 'open' and source_code = %s order by cause",
            self.source_code,
        ):
            found.setdefault(row["subject_id"], []).append(row["cause"].rsplit("|", 1)[1])
        return found

    def retries(self) -> dict[str, str]:
        """Why documents are read again, by name."""
        rows = self.rows("select native_id, reason from document_retry where source_code = %s", self.source_code)
        return {row["native_id"]: row["reason"].split(":")[0] for row in rows}


def written(text: str) -> str:
    """A ledger as written in a test, in the form of `Company.ledger`."""
    lines = []
    for each in dedent(text).strip().splitlines():
        words = " ".join(each.split())
        if words:
            lines.append(f"  {words}" if each[:1].isspace() else words)
    return "\n".join(lines)


def open_periods(
    finance: FinanceDatabase, years: tuple[int, ...] = (2025, 2026, 2027), closed: tuple[str, ...] = ()
) -> None:
    """Calendar months of all legal entities, as an ERP would have them."""
    with finance.transaction() as connection, connection.cursor() as cursor:
        cursor.executemany(
            "insert into erp_period values ('tryton', %s, %s, %s, %s, %s, %s)",
            [
                (
                    entity,
                    f"{year}-{month:02}",
                    str(year),
                    date(year, month, 1),
                    date(year, month, calendar.monthrange(year, month)[1]),
                    "closed" if f"{year}-{month:02}" in closed else "open",
                )
                for entity in SHIPPED.legal_entities
                for year in years
                for month in range(1, 13)
            ],
        )


def close_period(
    finance: FinanceDatabase,
    *names: str,
    state: str = "closed",
    entities: Sequence[str] = tuple(SHIPPED.legal_entities),
) -> None:
    """The ERP closes periods, or opens them; of all legal entities unless it is said of which."""
    query = "update erp_period set state = %s where period_name = any(%s) and legal_entity_code = any(%s)"
    with finance.transaction() as connection:
        connection.execute(query, (state, list(names), list(entities)))


def _decimal(row: dict[str, Any], of: str = "") -> str:
    amount, exponent = row[f"{of}minor" if of else "amount_minor"], row[f"{of}exponent"]
    digits = f"{abs(amount):0{exponent + 1}}"
    text = f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
    return f"{'-' if amount < 0 else ''}{text} {row[f'{of}currency']}"
