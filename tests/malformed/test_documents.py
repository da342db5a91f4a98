"""A thousand malformed documents in one billing database and one night: each waits under a rule, and none takes another with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from include.finance.errors import SourceStoppedError
from include.finance.exception_rule import DOCUMENT_EXCEPTIONS
from include.sample.postgres import EmbeddedPostgres
from tests.malformed.expected import EXPECTED, Sound, expectation_of
from tests.malformed.families import TABLES, Family, Place, family, named
from tests.malformed.mutations import Mutation, mutated, mutations
from tests.malformed.night import OpenBilling, open_books
from tests.malformed.table import tell

_SOUND_OF_EACH = 3  # sound documents of each type in a legal entity of their own
# What three families of each type come to in GBP: nine invoices of 210.00 in all, three paid and three credited in part, and fifteen payments.
BOOKS_OF_THREE = """
1050 Processor clearing    2474.10
1060 Payouts in transit     630.00
1100 Billing receivables   1197.00
1300 Disputes receivable     15.00
1450 Input tax                0.90
2000 Tax payable            -87.00
2050 Customer credits     -2499.00
2100 Deferred revenue      -955.35
4000 Subscription revenue   -90.63
4020 Onboarding revenue    -720.00
4900 Refunds and credits     25.98
6000 Processing fees          9.00
"""


@dataclass
class Malformed:
    """The night, and what went into it: mutated families by the id of their document, and sound ones beside them."""

    books: OpenBilling
    cases: dict[str, Mutation] = field(default_factory=dict)
    families: list[Family] = field(default_factory=list)
    sound: list[Family] = field(default_factory=list)

    @property
    def beside(self) -> dict[str, str]:
        """The sound documents that mutated ones name: type by id."""
        return {str(row["id"]): kind for each in self.families for kind, row in each.documents_beside}


@pytest.fixture(scope="module")
def night(
    postgres: EmbeddedPostgres, finance_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Malformed]:
    """All of it, run once: that no stage raises is shown by every test here."""
    with open_books(postgres, finance_template, tmp_path_factory.mktemp("malformed")) as books:
        made = Malformed(books)
        for number, mutation in enumerate(mutations()):
            made.families.append(mutated(mutation, f"M{number}"))
            made.cases[str(made.families[-1].document_id)] = mutation
        for number in range(_SOUND_OF_EACH):
            made.sound += [family(kind, Place(f"S{number}-{kind}", "UK", "GBP")) for kind in TABLES]
        books.write(row for each in (*made.families, *made.sound) for row in (*each.own, *each.beside))
        books.run()
        yield made


def test_there_are_enough_of_them_of_every_type(night: Malformed) -> None:
    counts = Counter(mutation.document_type for mutation in night.cases.values())
    tell("malformed documents in one night", counts)
    assert len(night.cases) >= 1000
    assert min(counts[kind] for kind in TABLES) >= 50


def test_every_document_has_exactly_one_outcome(night: Malformed) -> None:
    outcomes = Counter(name for name, _, _ in night.books.outcomes())
    wanted = {*night.cases, *night.beside}
    wanted |= {str(each.document_id) for each in night.sound}
    wanted |= {str(row["id"]) for each in night.sound for _, row in each.documents_beside}
    assert outcomes == dict.fromkeys(wanted, 1)


def test_each_waits_under_its_rule_or_is_sound_for_a_reason(night: Malformed) -> None:
    found, wrong = night.books.exceptions(), []
    for name, mutation in night.cases.items():
        verdict, rules = expectation_of(mutation).verdict, [each.rule for each in found.get(name, [])]
        if (rules and isinstance(verdict, Sound)) or (not isinstance(verdict, Sound) and verdict not in rules):
            wrong.append(f"{mutation.name}: {rules or 'no exception'}, expected {verdict}")
    assert not wrong, "\n".join(wrong)
    verdicts = [expectation_of(mutation).verdict for mutation in night.cases.values()]
    tell("outcome by rule", Counter("sound" if isinstance(each, Sound) else each for each in verdicts))


def test_no_line_of_the_table_of_expectations_is_idle() -> None:
    used = {expectation_of(mutation) for mutation in mutations()}
    assert [line for line in EXPECTED if line not in used] == []


def test_what_is_sound_is_booked_held_for_its_day_or_deleted_and_nothing_else(night: Malformed) -> None:
    outcomes = {name: (outcome, reason) for name, outcome, reason in night.books.outcomes()}
    sound = {name for name, each in night.cases.items() if isinstance(expectation_of(each).verdict, Sound)}
    assert {outcomes[name] for name in sound} == {("new", ""), ("held", "future_date"), ("deleted", "")}


def test_each_exception_names_document_category_cure_and_owner(night: Malformed) -> None:
    rules = night.books.app.configuration.exception_rules
    for name, exceptions in night.books.exceptions().items():
        for each in exceptions:
            assert each.rule in DOCUMENT_EXCEPTIONS
            rule = rules[each.rule]
            assert (each.category, each.severity) == (rule.category, rule.severity.value)
            assert each.suggested_fix == rule.suggested_fix
            assert each.owner
            subject, _, fact = each.message.partition(": ")
            assert name in subject
            assert subject.startswith(night.cases[name].document_type)
            assert len(fact) > 8


def test_no_exception_is_on_a_sound_document(night: Malformed) -> None:
    assert night.books.exceptions().keys() <= night.cases.keys()


def test_sound_documents_that_malformed_ones_name_are_booked_to_the_cent(night: Malformed) -> None:
    booked = night.books.booked()
    [invoice] = [str(each.document_id) for each in night.sound[:1]]
    wanted = {
        "invoice": booked[invoice],
        "payment": {"1050": 21000, "2050": -21000},
    }
    wrong = {name: booked.get(name) for name, kind in night.beside.items() if booked.get(name) != wanted[kind]}
    assert wrong == {}


def test_a_legal_entity_without_a_malformed_document_has_its_books_to_the_cent(night: Malformed) -> None:
    rows = night.books.ask(
        "select l.account_code, sum(l.amount_minor)::bigint as minor from journal_line as l"
        " join journal_entry as e on e.id = l.entry_id where e.legal_entity_code = 'UK' group by l.account_code"
    )
    assert {row["account_code"]: row["minor"] for row in rows} == _books(BOOKS_OF_THREE)


def test_every_journal_entry_balances(night: Malformed) -> None:
    unbalanced = "select entry_id from journal_line group by entry_id having sum(amount_minor) <> 0"
    assert night.books.ask(unbalanced) == []


def test_rows_of_documents_that_are_not_there_stop_their_source_and_are_named(
    postgres: EmbeddedPostgres, finance_template: str, tmp_path: Path
) -> None:
    orphans = ("invoice_lines.invoice_id", "credit_note_lines.credit_note_id", "payment_allocations.payment_id")
    with open_books(postgres, finance_template, tmp_path) as books:
        for where in orphans:
            kind = next(kind for kind, tables in TABLES.items() if where.split(".")[0] in tables)
            made = mutated(Mutation(kind, where, "unknown", named(f"nobody of {where}")), where)
            books.write((*made.own, *made.beside))
        with pytest.raises(SourceStoppedError) as stopped:
            books.run()
        assert "rows_without_document: 4 documents, first " in str(stopped.value)  # the taxes of the line as well
        assert "Find out why billing shows rows of a document and not the document itself" in str(stopped.value)
        assert books.ask("select 1 from journal_entry") == []


def _books(text: str) -> dict[str, int]:
    """Minor units by account, of a ledger as written above."""
    words = [line.split() for line in text.strip().splitlines()]
    return {each[0]: int(each[-1].replace(".", "")) for each in words}
