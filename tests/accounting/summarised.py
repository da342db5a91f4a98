"""A company whose legal entities add up their entries in their own way, and the proof that nothing is lost by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from include.config.configuration import Configuration
from include.finance.entity import LegalEntity
from include.finance.entity_settings import EntryPer, Gathering, LineAmounts
from include.finance.journal import ReversalStyle
from include.finance.tie_out import TieOutRow, TieOutStatus
from include.pipelines.account import Accounted
from include.pipelines.explain import ExplainDesk, explain_document, explain_entry
from include.pipelines.post import post_entity
from include.pipelines.rebuild import rebuild_batch
from include.pipelines.recompute import recompute_totals
from include.pipelines.tie_out_desk import EntityDesk, SourceDesk, open_batch
from include.pipelines.tie_out_entity import tie_out_entity
from include.pipelines.tie_out_source import journal_lines
from include.ports.erp import Erp, ErpAccount
from include.store import tie_out_facts
from include.store.postings import PostingStore
from tests.accounting.company import SHIPPED, Company
from tests.accounting.evidence import entries
from tests.posting.fake_erp import FakeErp

_WORDS = {
    "by": Gathering,
    "entries": EntryPer,
    "amounts": LineAmounts,
    "dimensions": tuple,
    "reversal_style": ReversalStyle,
}
_LINES = """
select e.posting_date, e.legal_entity_code, e.category, e.held_reason, e.reference, e.reversal_style, e.currency::text as currency, l.*
from journal_entry as e
join batch as b on b.batch_no = e.batch_no
join journal_line as l on l.entry_id = e.id
where b.source_code = %s and e.state <> 'superseded'
order by e.posting_date, e.legal_entity_code, e.category, e.held_reason, e.batch_no, e.part_no, e.reference, l.line_no
"""


def summarised(configuration: Configuration = SHIPPED, **changes: Any) -> Configuration:
    """The configuration with all legal entities summarising otherwise, e.g. `by="period", amounts="net"`."""
    told = {name: _WORDS[name](value) for name, value in changes.items()}
    entities = {
        code: replace(each, summarisation=replace(each.summarisation, **told))
        for code, each in configuration.entity_settings.items()
    }
    return replace(configuration, entity_settings=entities)


def journal(company: Company, *shown: str) -> str:
    """All entries line by line: account, amount in major units of two decimals, and the columns asked for."""
    told, last = [], None
    for row in company.rows(_LINES, company.source_code):
        if row["reference"] != last:
            last, held = row["reference"], f" (held: {row['held_reason']})" if row["held_reason"] else ""
            told.append(f"{row['posting_date']} {row['legal_entity_code']} {row['category']}{held}")
        further = [str(row[name]) for name in shown if row[name] is not None]
        told.append(" ".join([f"  {row['account_code']} {_major(row['amount_minor'])}", *further]))
    return "\n".join(told)


def texts(company: Company) -> list[str]:
    """The texts of all journal lines, without the batch at their end."""
    return [row["line_text"].rsplit(" ", 1)[0] for row in company.rows(_LINES, company.source_code)]


@dataclass
class Ledgers:
    """The ERP of each legal entity of a company; entries are posted there and tied out."""

    company: Company
    erps: dict[str, Erp] = field(default_factory=dict)

    def post(self, instant: datetime) -> None:
        """All entries that can go."""
        for entity in self.entities():
            store = PostingStore(self.company.finance, self.company.configuration.assignments())
            post_entity(self.erp(entity), store, entity, entity.erp_code, instant, actor="test")

    def erp(self, entity: LegalEntity) -> Erp:
        """By default one in memory, with every account of the charts."""
        if entity.code not in self.erps:
            erp = FakeErp(entity, limits=replace(FakeErp(entity).limits, lines_per_entry=self.company.line_limit))
            for code in self.company.configuration.chart_of(entity.code).accounts:
                erp.accounts[code] = ErpAccount(code, code, is_active=True, is_party_required=False)
            self.erps[entity.code] = erp
        return self.erps[entity.code]

    def entities(self) -> Sequence[LegalEntity]:
        """Those that have entries, or an ERP already."""
        rows = self.company.rows("select distinct legal_entity_code as code from journal_entry")
        codes = {row["code"] for row in rows} | self.erps.keys()
        return [each for code, each in self.company.configuration.legal_entities.items() if code in codes]

    def differences(self, instant: datetime) -> list[str]:
        """What hops 3, 4 and 5 find, in words."""
        return [_told(row) for row in self._rows(instant) if row.status is TieOutStatus.DIFFERENT]

    def _rows(self, instant: datetime) -> list[TieOutRow]:
        company, rows = self.company, []
        desk = SourceDesk(
            company.finance, company.evidence, company.configuration, company.source_code, lambda: company.billing
        )
        for batch in tie_out_facts.batches_to_tie(company.finance, company.source_code):
            rows += journal_lines(desk, open_batch(desk, batch))
        for entity in self.entities():
            chart, assigned = company.configuration.chart_of(entity.code), company.configuration.assignments()
            rows += tie_out_entity(
                EntityDesk(company.finance, self.erp(entity), entity, chart, assigned), instant, "test"
            )
        return rows


def unexplained(company: Company, looked_at: int = 3) -> list[str]:
    """Journal lines that are not the sum of the subledger entries behind them, and documents that do not lead back to their lines.

    Of long entries and many documents only the first lines and documents are followed one by one.
    """
    desk = ExplainDesk(company.finance, company.evidence, company.configuration)
    found, documents = [], set()
    for row in company.rows("select distinct reference from journal_entry where state <> 'superseded' order by 1"):
        entry = explain_entry(desk, row["reference"], None)
        found += [f"{row['reference']} line {line.line_no}: {line}" for line in entry.lines if not line.is_explained]
        documents |= {f"{each.document_type}:{each.native_id}" for each in entry.documents}
        if len(entry.documents) != entry.document_count and entry.batch.kind == "night":
            found.append(f"{row['reference']}: {len(entry.documents)} documents of {entry.document_count}")
        for line in entry.lines[:looked_at] if entry.batch.kind == "night" else ():
            behind = explain_entry(desk, f"{row['reference']}:{line.line_no}", None).documents if line.line_no else ()
            if len(behind) != line.document_count:
                found.append(
                    f"{row['reference']} line {line.line_no}: {len(behind)} documents of {line.document_count}"
                )
    for name in sorted(documents)[:looked_at]:
        for booking in explain_document(desk, name).bookings:
            found += [
                f"{name}: {booking.event} of {leg.amount_minor} on {leg.account_code} stands on no line of {booking.reference}"
                for leg in booking.lines
                if leg.journal_line_no is None and not _cancels_out(company, booking.reference, leg.account_code)
            ]
    return found


def _cancels_out(company: Company, reference: str, account_code: str) -> bool:
    query = """
        select count(*) as n from netted_amount as t join journal_entry as e on e.id = t.entry_id
        where e.reference = %s and t.account_code = %s
    """
    return bool(company.rows(query, reference, account_code)[0]["n"])


def differing_rebuilds(company: Company) -> list[int]:
    """The nights that do not come out of their evidence as they are stored."""
    rows = company.rows(
        "select batch_no from batch where kind = 'night' and source_code = %s order by 1", company.source_code
    )
    return [row["batch_no"] for row in rows if not rebuild_batch(company.desk, row["batch_no"]).is_equal]


def require_totals(company: Company) -> None:
    """The running totals are what evidence says; raises what differs."""
    recompute_totals(company.finance, company.evidence, is_repaired=False)


def _told(row: TieOutRow) -> str:
    return f"hop {row.hop} {row.check_name} {row.subject}: {row.left} {row.right} {row.explanation}"


def _major(minor: int) -> str:
    return f"{'-' if minor < 0 else ''}{abs(minor) // 100}.{abs(minor) % 100:02}"


def booked(company: Company, nights: Sequence[Accounted]) -> list[tuple[str, ...]]:
    """What these nights booked, entry by entry, without what names batch, source and journal entry."""
    hidden = {"batch_key", "journal_entry_id", "booking_id", "document_uid", "item_uid", "bucket"}
    return sorted(
        tuple(str(value) for name, value in sorted(row.items()) if name not in hidden)
        for night in nights
        for row in entries(company, night)
    )


def by_period(company: Company) -> dict[tuple[str, ...], tuple[int, int]]:
    """What stands on each account of a legal entity in a period and currency, in it and in the books' own."""
    rows = company.rows(
        """
        select e.legal_entity_code, e.period_name, e.currency::text as currency, l.account_code,
            sum(l.amount_minor)::bigint as amount, sum(l.functional_minor)::bigint as worth
        from journal_entry as e
        join journal_line as l on l.entry_id = e.id
        join batch as b on b.batch_no = e.batch_no
        where b.source_code = %s
        group by 1, 2, 3, 4
        """,
        company.source_code,
    )
    found = {tuple(list(row.values())[:4]): (row["amount"], row["worth"]) for row in rows}
    return {key: sums for key, sums in found.items() if sums != (0, 0)}
