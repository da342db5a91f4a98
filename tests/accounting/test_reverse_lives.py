"""Whatever happens to documents and is reversed by people, in whatever order: the books end as the documents imply, without what is out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from include.finance.errors import EntryReversalError, UnknownNameError
from include.pipelines import explain_evidence, reclassify_reckoning, reverse_reckoning
from include.pipelines.explain_names import document_uid
from include.pipelines.reverse_entry import ReversalWanted, approve_reversal, lift_reversal, propose_reversal
from include.store.database import FinanceDatabase
from tests.accounting.billing import Document, Row, invoice, line, payment, to
from tests.accounting.company import SHIPPED, Company
from tests.examples import examples

CHANGES: dict[str, dict[str, Any]] = {
    "change": {"net": 9000},
    "change again": {"net": 7000},
    "void": {"status": "void", "voided_date": "02-01"},
    "write off": {"status": "written_off", "written_off_date": "02-01"},
}
CASH: dict[str, list[Row]] = {
    "apply": [to("INV-1", 5000, "01-22")],
    "unapply": [to("INV-1", 5000, "01-22", undone="01-30")],
}
WORDS = ("out", "anew", "payment anew", "lift")
_REVERSIBLE = """
select e.reference from event_booking as b join journal_entry as e on e.id = b.journal_entry_id
where b.document_uid = %s and b.event_type in (1, 20) and b.reverses_no is null and e.state = 'verified'
order by b.booking_no desc limit 1
"""


@pytest.fixture(autouse=True)
def asked_in_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the documents of these tests lie."""
    for module in (reclassify_reckoning, reverse_reckoning, explain_evidence):
        monkeypatch.setattr(module, "buckets_of", lambda _: [0])


@dataclass
class Life:
    """An invoice and a payment, what becomes of them in billing, and what people say."""

    company: Company
    bill: Row = field(default_factory=lambda: {"net": 10000})
    cash: list[Row] = field(default_factory=list)
    is_out: bool = False

    def documents(self) -> list[Document]:
        terms = {name: value for name, value in self.bill.items() if name != "net"}
        return [
            invoice("INV-1", "01-10", line(self.bill["net"], tax=800), **terms),
            payment("PAY-1", "01-20", 10800, *self.cash),
        ]

    def live(self, step: str) -> None:
        """One step, and the night after it, whose entries the ERP takes."""
        if step in CHANGES:
            self.bill |= CHANGES[step]
        elif step in CASH:
            self.cash = CASH[step]
        elif step == "lift":
            if self.is_out:
                lift_reversal(self.company.desk, ["invoice:INV-1"], "carla", "after all")
            self.is_out = False
        else:
            done = self.reverse(
                "payment:PAY-1" if step == "payment anew" else "invoice:INV-1", is_rebooked=step != "out"
            )
            self.is_out = self.is_out or (done and step == "out")
        self.night()

    def night(self) -> None:
        self.company.night(*self.documents())
        self.company.rows(
            "update journal_entry as e set state = 'verified' from batch as b where b.batch_no = e.batch_no and b.source_code = %s"
            " and e.state = 'ready' returning e.id",
            self.company.source_code,
        )

    def reverse(self, name: str, *, is_rebooked: bool) -> bool:
        """Reverse a document's part of the entry of what first happened to it; whether that stands."""
        uid = document_uid(self.company.source_code, "main", *name.split(":"))
        [entry] = self.company.rows(_REVERSIBLE, uid)
        wanted = ReversalWanted(entry["reference"], (name,), is_rebooked, "in any order")
        try:
            proposal = propose_reversal(self.company.desk, wanted, "anna")
        except (EntryReversalError, UnknownNameError):
            return False
        approve_reversal(self.company.desk, proposal.sha256, "ben")
        return True


@pytest.mark.long
@settings(
    max_examples=examples(2, 3),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from((*CHANGES, *CASH, *WORDS)), min_size=3, max_size=5))
@example(steps=["apply", "out", "change", "lift"])
@example(steps=["void", "out", "anew"])
@example(steps=["anew", "change", "out", "write off"])
def test_the_books_end_as_those_of_a_company_without_what_is_out(
    shared_books: FinanceDatabase, tmp_path: Path, one_bucket: None, steps: list[str]
) -> None:
    name = uuid4().hex[:8]
    life = Life(Company(shared_books, tmp_path / name, f"source-{name}", configuration=_with_source(f"source-{name}")))
    life.night()
    for step in steps:
        life.live(step)
    life.night()  # what was lifted last is in the books, and what waited for it follows

    beside = Company(shared_books, tmp_path / f"{name}-beside", f"beside-{name}")
    beside.night(*life.documents()[1 if life.is_out else 0 :])
    beside.night()
    assert _left(life.company) == _left(beside)

    before = life.company.ledger()
    life.night()
    assert life.company.ledger() == before


def _left(company: Company) -> dict[str, int]:
    return {account: minor for account, minor in company.balances().items() if minor}


def _with_source(code: str) -> Any:
    """The shipped configuration with one source, of another name."""
    [source] = SHIPPED.sources.values()
    return replace(SHIPPED, sources={code: source})
