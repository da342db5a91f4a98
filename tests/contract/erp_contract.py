"""What every adapter behind the port `Erp` must do; one class per ERP inherits it and gives the fixtures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from include.finance.entity import LegalEntity
from include.finance.errors import EntryRefusedError, PeriodClosedError
from include.finance.journal import JournalCategory, JournalEntry, JournalLine, ReversalStyle, reference_of
from include.finance.money import Currency, Money
from include.pipelines.compare_ledger import content_differences
from include.ports.erp import Erp, LedgerState, Movement

DAY = date(2026, 1, 31)
LARGE = 9_999_999_999_99  # ten digits before the point: a float would not carry it through sums


def journal_entry(entity: LegalEntity, *legs: tuple[str, int], day: date = DAY) -> JournalEntry:
    """An entry of these (account, minor units) with a reference of its own."""
    entry_id, currency = uuid4(), entity.functional_currency
    lines = tuple(
        JournalLine(account, Money(minor, currency), f"invoices {day} {currency.code} {number} docs")
        for number, (account, minor) in enumerate(legs)
    )
    return JournalEntry(
        id=entry_id,
        reference=reference_of(entry_id),
        legal_entity_code=entity.code,
        category=JournalCategory.INVOICES,
        posting_date=day,
        period_name=day.strftime("%Y-%m"),
        currency=currency,
        description="invoices",
        lines=lines,
        content_sha256=b"",
    )


class ErpContract:
    """Inherit, and give the fixtures `erp`, `entity` and `close_period`."""

    @pytest.fixture
    def entity(self) -> LegalEntity:
        raise AssertionError("the inheriting class names the entity")

    @pytest.fixture
    def erp(self) -> Erp:
        raise AssertionError("the inheriting class makes the adapter")

    @pytest.fixture
    def close_period(self) -> Callable[[str], None]:
        raise AssertionError("the inheriting class closes periods")

    @pytest.fixture
    def entry(self, entity: LegalEntity) -> JournalEntry:
        return journal_entry(entity, ("1100", 142651), ("2100", -108000), ("2000", -30000), ("2000", -4651))

    def test_a_created_entry_is_found_as_a_draft_without_a_number(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        created = erp.create(entity, entry)
        assert (created.state, created.number) == (LedgerState.DRAFT, None)
        assert list(erp.find(entity, entry.reference)) == [created]
        assert list(erp.references(entity, DAY)[entry.reference]) == [created]

    def test_a_released_entry_has_a_number_and_releasing_it_again_changes_nothing(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        draft = erp.create(entity, entry)
        posted = erp.release(entity, draft)
        assert posted.state is LedgerState.POSTED
        assert posted.number
        assert erp.release(entity, draft) == posted
        assert list(erp.find(entity, entry.reference)) == [posted]

    def test_an_entry_reads_back_line_by_line(self, erp: Erp, entity: LegalEntity, entry: JournalEntry) -> None:
        posted = erp.release(entity, erp.create(entity, entry))
        ledger = erp.read_back(entity, posted)
        assert ledger.header == posted
        assert ledger.header.posting_date == DAY
        assert ledger.period_name == "2026-01"
        ours = sorted((line.account_code, line.in_books.minor, line.text) for line in entry.lines)
        assert sorted((line.account_code, line.amount_minor, line.text) for line in ledger.lines) == ours

    def test_a_reversal_in_negative_amounts_stays_on_its_side(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        """What was debited is debited again with a minus: the turnover of the account is as if nothing had been."""
        before = erp.movements(entity, "2026-01", ["1100", "2000", "2100"])
        erp.release(entity, erp.create(entity, entry))
        reversal = replace(
            journal_entry(entity, *((line.account_code, -line.in_books.minor) for line in entry.lines)),
            style=ReversalStyle.NEGATIVE,
        )
        ledger = erp.read_back(entity, erp.release(entity, erp.create(entity, reversal)))
        assert ledger.net_by_account() == {"1100": -142651, "2100": 108000, "2000": 34651}
        assert all(line.is_negative for line in ledger.lines)
        assert content_differences(reversal, ledger) == []
        assert content_differences(replace(reversal, style=ReversalStyle.SWAP), ledger)[0].startswith("no line 1100 ")
        assert {line.sides for line in ledger.lines} == {(-142651, 0), (0, -108000), (0, -30000), (0, -4651)}
        moved = {each.account_code: each for each in erp.movements(entity, "2026-01", ["1100", "2000", "2100"])}
        kept = {each.account_code: each for each in before}
        for account, each in moved.items():
            earlier = kept.get(account, Movement(account, 0, 0))
            assert (each.debit_minor, each.credit_minor) == (earlier.debit_minor, earlier.credit_minor), account

    def test_an_entry_in_another_currency_stands_in_the_companys_own(self, erp: Erp, entity: LegalEntity) -> None:
        """A realised difference has no amount in the other currency."""
        foreign, own = Currency("CHF", 2), entity.functional_currency
        legs = (("2050", 10000, 11000), ("1100", -10000, -10865), ("7000", 0, -135))
        lines = tuple(
            JournalLine(
                account, Money(amount, foreign), f"applications {DAY} CHF {amount}", functional=Money(worth, own)
            )
            for account, amount, worth in legs
        )
        entry = replace(journal_entry(entity, ("1100", 1), ("2100", -1)), currency=foreign, lines=lines)
        ledger = erp.read_back(entity, erp.release(entity, erp.create(entity, entry)))
        assert ledger.net_by_account() == {"2050": 11000, "1100": -10865, "7000": -135} == entry.net_by_account()
        assert content_differences(entry, ledger) == []

    def test_many_entries_read_back_in_the_order_given(self, erp: Erp, entity: LegalEntity) -> None:
        entries = [journal_entry(entity, ("1100", n), ("2100", -n)) for n in (1, 2, 3)]
        drafts = [erp.create(entity, entry) for entry in entries]
        erp.delete_draft(entity, drafts[1])
        found = erp.read_back_many(entity, list(reversed(drafts)))
        assert [each.header for each in found] == [drafts[2], drafts[0]]

    def test_large_and_small_amounts_arrive_exactly(self, erp: Erp, entity: LegalEntity) -> None:
        entry = journal_entry(entity, ("1100", LARGE), ("2100", 1 - LARGE), ("2000", -1))
        ledger = erp.read_back(entity, erp.release(entity, erp.create(entity, entry)))
        assert ledger.net_by_account() == {"1100": LARGE, "2100": 1 - LARGE, "2000": -1}

    def test_a_draft_can_be_deleted_and_a_posted_entry_cannot(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        erp.delete_draft(entity, erp.create(entity, entry))
        assert list(erp.find(entity, entry.reference)) == []
        posted = erp.release(entity, erp.create(entity, entry))
        with pytest.raises(EntryRefusedError):
            erp.delete_draft(entity, posted)
        assert list(erp.find(entity, entry.reference)) == [posted]

    def test_one_reference_used_twice_is_found_twice_oldest_first(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        first, second = erp.create(entity, entry), erp.create(entity, entry)
        assert list(erp.find(entity, entry.reference)) == [first, second]

    def test_the_list_of_references_starts_at_its_day(self, erp: Erp, entity: LegalEntity) -> None:
        older = journal_entry(entity, ("1100", 5), ("2100", -5), day=date(2026, 1, 30))
        erp.create(entity, older)
        assert older.reference in erp.references(entity, date(2026, 1, 30))
        assert older.reference not in erp.references(entity, DAY)

    def test_a_closed_period_is_said_to_be_closed(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry, close_period: Callable[[str], None]
    ) -> None:
        erp.periods(entity)
        close_period("2026-01")
        with pytest.raises(PeriodClosedError, match="closed"):
            erp.create(entity, entry)
        assert {each.name: each.state for each in erp.periods(entity)}["2026-01"] == "closed"
        assert list(erp.find(entity, entry.reference)) == []

    def test_an_unknown_account_is_refused_by_name(self, erp: Erp, entity: LegalEntity) -> None:
        entry = journal_entry(entity, ("1100", 5), ("987654", -5))
        with pytest.raises(EntryRefusedError, match="987654"):
            erp.create(entity, entry)
        assert list(erp.find(entity, entry.reference)) == []

    def test_balances_are_of_posted_entries_up_to_the_day(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        erp.release(entity, erp.create(entity, entry))
        erp.create(entity, journal_entry(entity, ("1100", 7), ("2100", -7)))
        after = journal_entry(entity, ("1100", 7), ("2100", -7), day=date(2026, 2, 1))
        erp.release(entity, erp.create(entity, after))
        assert dict(erp.balances(entity, DAY)) == {"1100": 142651, "2100": -108000, "2000": -34651}

    def test_movements_are_of_posted_entries_of_one_period_debit_and_credit_apart(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        erp.release(entity, erp.create(entity, entry))
        erp.release(entity, erp.create(entity, journal_entry(entity, ("1100", -51), ("2100", 51))))
        erp.create(entity, journal_entry(entity, ("1100", 7), ("2100", -7)))
        after = journal_entry(entity, ("1100", 7), ("2100", -7), day=date(2026, 2, 1))
        erp.release(entity, erp.create(entity, after))
        found = erp.movements(entity, "2026-01", ("1100", "2100", "1050"))
        assert {each.account_code: (each.debit_minor, each.credit_minor) for each in found} == {
            "1100": (142651, 51),
            "2100": (51, 108000),
        }

    def test_entries_that_touch_an_account_come_with_those_lines_and_who_entered_them(
        self, erp: Erp, entity: LegalEntity, entry: JournalEntry
    ) -> None:
        posted = erp.release(entity, erp.create(entity, entry))
        erp.release(entity, erp.create(entity, journal_entry(entity, ("1100", 7), ("2100", -7))))
        erp.create(entity, journal_entry(entity, ("2000", 9), ("2100", -9)))
        [found] = erp.entries(entity, "2026-01", ("2000",), date(2026, 1, 1))
        assert (found.header, found.period_name) == (posted, "2026-01")
        assert sorted((line.account_code, line.amount_minor) for line in found.lines) == [
            ("2000", -30000),
            ("2000", -4651),
        ]
        assert found.entered_by
        assert list(erp.entries(entity, "2026-02", ("2000",), date(2026, 2, 1))) == []

    def test_reference_data_fits_the_entity(self, erp: Erp, entity: LegalEntity) -> None:
        reference = erp.reference_data(entity)
        currency = entity.functional_currency
        assert (reference.currency_code, reference.currency_exponent) == (currency.code, currency.exponent)
        assert reference.journal_categories >= {category.value for category in JournalCategory}
        accounts = {account.code: account for account in reference.accounts}
        assert replace(accounts["2100"], name="") == replace(
            accounts["2100"], name="", is_active=True, is_party_required=False
        )
