"""The finance database is set back to a backup, and the ERP is not: the nights run again, and nothing is there twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from include.finance.journal import JournalCategory, JournalEntry, JournalLine
from include.finance.money import Money
from include.sample import company
from tests.chaos.cases import Case, each
from tests.chaos.house import ENTITIES, Books, House, Ledger, Place, by_account
from tests.chaos.stops import Stop

FIRST, SECOND = company.NIGHTS


def restored(name: str, when: str, *, always: bool = False, **given: object) -> Case:
    return Case(name, "the finance database (restored from a backup)", when, is_always=always, given=given)


NIGHT_ONE = (
    restored("restored to before the night", "night one was complete", backup="evening", until=None, always=True),
    restored("restored to after account", "night one was complete", backup="accounted", until=None),
    restored(
        "restored to before the night when it was half posted",
        "night one was killed at a post",
        backup="evening",
        until=Stop("erp.release", "after", 40),
    ),
    restored(
        "restored to after account when it was half posted",
        "night one was killed after a create",
        backup="accounted",
        until=Stop("erp.create", "after", 20),
    ),
)


@each(*NIGHT_ONE)
def test_night_one(house: House, evening: Place, accounted: Place, case: Case) -> None:
    until = case.given["until"]
    with house.copy(accounted) as books:
        status, _ = books.run(FIRST.as_of, *([until] if until else []))
        assert status == (-9 if until else 0)
        books.restore(evening.finance if case.given["backup"] == "evening" else accounted.finance)
        books.complete()
        books.require_right()


DURING = (
    restored(
        "restored to the middle of posting",
        "night one was complete",
        until=Stop("erp.release", "after", 7),
    ),
    restored("restored to an entry on its way", "night one was complete", until=Stop("change.sending", "after", 7)),
)


@each(*DURING)
def test_during_posting(house: House, nearly_posted: Place, case: Case) -> None:
    only_uk = {"steps": ("post", "verdict"), "entities": ("UK",)}
    with house.copy(nearly_posted) as books:
        assert books.run(FIRST.as_of, case.given["until"], **only_uk)[0] == -9
        backup = books.keep()
        books.complete(**only_uk)
        books.restore(backup)
        books.complete(**only_uk)
        books.require_right()
        house.drop(backup)


NIGHT_TWO = (
    restored("restored to between the nights", "night two was complete", backup="between"),
    restored(
        "restored to before night two, half posted",
        "night two was killed at a post",
        backup="between",
        until=Stop("erp.release", "after", 9),
    ),
)


@each(*NIGHT_TWO)
def test_night_two(house: House, second_evening: Place, case: Case) -> None:
    until = case.given.get("until")
    with house.copy(second_evening) as books:
        books.run(SECOND.as_of, *([until] if until else []))
        books.restore(second_evening.finance)
        books.complete(SECOND)
        books.require_right(SECOND)


CHANGED = (
    restored(
        "restored to before the night and billing has changed since",
        "both nights were complete",
    ),
)


@each(*CHANGED)
def test_billing_has_changed_since(house: House, second_evening: Place, case: Case) -> None:
    """What the ERP has cannot be recognised then: nothing is sent beside it until a person has reversed it."""
    later = replace(SECOND, as_of=SECOND.as_of + timedelta(minutes=1))
    with house.copy(second_evening) as books:
        before = books.ledger(SECOND)
        books.restore(house.finance_template)
        status, errors = books.run(later.as_of)
        assert status == 1
        assert "UnknownEntryError" in {kind for kind, _ in errors}
        stopped = {row["legal_entity_code"] for row in books.ask(_UNKNOWN)}
        sent = {row["legal_entity_code"] for row in books.ask("select * from journal_entry where attempt_count > 0")}
        # Also in the US, where January was closed meanwhile: there the same money would be dated in February.
        assert stopped == set(ENTITIES)
        assert sent == set()
        after = books.ledger(SECOND)
        assert of_entities(after, stopped) == of_entities(before, stopped)
        reverse_unknown(books)
        books.complete(later)
        # January is closed in the US: what is booked again there is dated in February.
        expected = {
            place: minor - _FORGOTTEN.get(place, 0) for place, minor in by_account(books.answer(SECOND)).items()
        }
        assert by_account(books.ledger(SECOND)) == expected
        books.complete(later)
        assert by_account(books.ledger(SECOND)) == expected


def of_entities(ledger: Ledger, entities: set[str]) -> Ledger:
    return {place: minor for place, minor in ledger.items() if place[0] in entities}


def reverse_unknown(books: Books) -> None:
    """What a person does in the ERP: reverse each unknown entry, the reversal under the same reference."""
    app = books.app()
    for row in books.ask(_UNKNOWN):
        entity = app.configuration.legal_entities[row["legal_entity_code"]]
        erp = app.erp(entity.erp_code)
        (ledger,) = erp.read_back_many(entity, erp.find(entity, row["subject_id"]))
        reversal = JournalEntry(
            id=uuid4(),
            reference=row["subject_id"],
            legal_entity_code=entity.code,
            category=JournalCategory.INVOICES,
            posting_date=date(2026, 2, 2),
            period_name="2026-02",
            currency=entity.functional_currency,
            description="reversal",
            lines=tuple(
                JournalLine(line.account_code, Money(-line.amount_minor, entity.functional_currency), line.text)
                for line in ledger.lines
            ),
            content_sha256=b"",
        )
        erp.release(entity, erp.create(entity, reversal))


# What the answer keeps until a person decides, and nobody has ever seen now: a payment that billing has deleted since, and
# an invoice that it has moved into a closed year.
_FORGOTTEN = {
    ("UK", "1010"): 6_600,
    ("UK", "2050"): -6_600,
    ("UK", "1100"): 48_000,
    ("UK", "2100"): -40_000,
    ("UK", "2000"): -8_000,
}
_UNKNOWN = """
select legal_entity_code, subject_id from exception
where split_part(cause, '|', 3) = 'unknown_entry_in_erp' and state = 'open'
"""
