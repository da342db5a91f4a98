"""A file of an earlier batch is lost or altered: its documents wait, all others go on, and nothing is ever booked twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from include.evidence.manifest import EvidenceFile
from include.evidence.owners import find_owners
from include.finance.errors import EvidenceError
from include.pipelines.account import Accounted
from include.pipelines.rebuild import rebuild_batch
from include.store.database import FinanceDatabase
from tests.accounting.billing import invoice, line
from tests.accounting.company import Company
from tests.accounting.evidence import files_of
from tests.accounting.rates import publish
from tests.accounting.test_currencies import RATES

pytestmark = pytest.mark.long  # `make test` runs those marked core

RULE = "prior_bookings_unreadable"


def lose(path: Path) -> None:
    path.unlink()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def place(company: Company, file: EvidenceFile) -> Path:
    return company.folder / "evidence" / file.path


def path_of(company: Company, accounted: Accounted, dataset: str) -> Path:
    [file] = files_of(company, accounted, dataset)
    return place(company, file)


@pytest.mark.parametrize(
    ("harm", "fact", "dataset"),
    [
        (lose, "is lost", "bookings"),
        (lose, "is lost", "subledger_entries"),
        pytest.param(flip, "was altered: SHA-256", "subledger_entries", marks=pytest.mark.core),
    ],
)
def test_what_stands_in_a_lost_file_waits_and_everything_else_is_booked(
    company: Company, harm: Callable[[Path], None], fact: str, dataset: str
) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    company.night(invoice("INV-2", "01-16", line(500)))
    path = path_of(company, first, dataset)
    content = path.read_bytes()
    harm(path)
    disturbed = company.night(
        invoice("INV-1", "01-15", line(9000)), invoice("INV-2", "01-16", line(400)), invoice("INV-3", "01-17", line(30))
    )
    assert company.outcomes(disturbed) == {"INV-1": f"quarantined {RULE}", "INV-2": "changed", "INV-3": "new"}
    # Of the first not a cent has moved: its first booking stands, and the second is not beside it.
    assert company.balances() == {"1100": 10430, "4020": -10430}
    assert company.exceptions() == {"INV-1": [RULE]}
    assert company.retries() == {"INV-1": "quarantined"}
    [told] = company.rows(
        "select message, suggested_fix, owner from exception where source_code = %s", company.source_code
    )
    assert "invoice INV-1 of legal entity US: what was booked of it before cannot be read" in told["message"]
    assert f"Evidence {path} {fact}" in told["message"]
    assert "Restore the files named" in told["suggested_fix"]
    # Another night without the file changes nothing; with it, both are right and nobody has to say so.
    again = company.night()
    assert company.outcomes(again) == {"INV-1": f"quarantined {RULE}"}
    assert company.balances() == {"1100": 10430, "4020": -10430}
    path.write_bytes(content)
    healed = company.night()
    assert company.outcomes(healed) == {"INV-1": "changed"}
    assert company.balances() == {"1100": 9430, "4020": -9430}
    assert (company.exceptions(), company.retries()) == ({}, {})
    # Made again from evidence, the night that missed a file comes out as it was, although the file is back.
    for accounted in (disturbed, again, healed):
        [row] = company.rows("select batch_no from batch where id = %s", accounted.batch_id)
        assert rebuild_batch(company.desk, row["batch_no"]).is_equal


@pytest.mark.core
def test_of_a_batch_of_eight_buckets_only_the_documents_of_the_lost_one_wait(
    shared_books: FinanceDatabase, tmp_path: Path
) -> None:
    company = Company(shared_books, tmp_path, f"billing-{uuid4().hex[:8]}")
    names = [f"INV-{number}" for number in range(12)]
    first = company.night(*(invoice(name, "01-15", line(1000)) for name in names))
    files = {file.bucket: file for file in files_of(company, first, "bookings")}
    assert len(files) > 1
    lost = min(files.values(), key=lambda file: file.rows)
    content = place(company, lost).read_bytes()
    place(company, lost).unlink()
    outcomes = company.outcomes(company.night(*(invoice(name, "01-15", line(900)) for name in names)))
    assert sorted(outcomes) == sorted(names)
    waiting = [name for name in names if outcomes[name] == f"quarantined {RULE}"]
    assert len(waiting) == lost.rows
    assert [outcomes[name] for name in names if name not in waiting] == ["changed"] * (12 - lost.rows)
    assert company.balances()["1100"] == 12 * 900 + lost.rows * 100
    place(company, lost).write_bytes(content)
    assert company.outcomes(company.night()) == dict.fromkeys(waiting, "changed")
    assert company.balances() == {"1100": 12 * 900, "4020": -12 * 900}


def test_a_document_that_leaves_the_books_stays_in_them_until_its_booking_can_be_read(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    path = path_of(company, first, "subledger_entries")
    content = path.read_bytes()
    path.unlink()
    gone = company.night(invoice("INV-1", "01-15", line(10000), status="draft"))
    assert company.outcomes(gone) == {"INV-1": f"quarantined {RULE}"}
    assert company.balances() == {"1100": 10000, "4020": -10000}
    path.write_bytes(content)
    assert company.outcomes(company.night()) == {"INV-1": "changed"}
    assert company.balances() == {"1100": 0, "4020": 0}
    assert (company.exceptions(), company.retries()) == ({}, {})


@pytest.mark.core
def test_a_reversal_that_was_given_up_is_made_again_when_the_file_is_back(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    undone = company.night(invoice("INV-1", "01-15", line(10000), status="draft"))
    assert company.supersede(undone, "reversal") == {"INV-1"}
    assert company.balances() == {"1100": 10000, "4020": -10000}
    path = path_of(company, first, "bookings")
    content = path.read_bytes()
    path.unlink()
    for _ in range(2):
        assert company.outcomes(company.night()) == {"INV-1": "excluded draft"}
        assert company.balances() == {"1100": 10000, "4020": -10000}
        assert company.exceptions() == {"INV-1": [RULE]}
        assert company.retries() == {"INV-1": "superseded"}
    path.write_bytes(content)
    company.night()
    assert company.balances() == {"1100": 0, "4020": 0}
    assert (company.exceptions(), company.retries()) == ({}, {})


def test_a_foreign_document_whose_standing_booking_says_what_its_schedule_is_worth_waits(company: Company) -> None:
    publish(company.finance, *RATES)
    lines = [line(10000, "ratable")]
    first = company.night(invoice("INV-1", "01-15", *lines, currency="EUR"))
    path = path_of(company, first, "bookings")
    content = path.read_bytes()
    path.unlink()
    # The invoice itself stays as it is booked; only its end is new.
    void = invoice("INV-1", "01-15", *lines, currency="EUR", status="void", voided_date="01-31")
    before = company.worth()
    assert company.outcomes(company.night(void)) == {"INV-1": f"quarantined {RULE}"}
    assert company.worth() == before
    path.write_bytes(content)
    assert company.outcomes(company.night()) == {"INV-1": "changed"}
    assert set(company.worth().values()) == {0}


def test_of_a_document_deleted_for_good_the_register_says_what_it_was(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    path_of(company, first, "decisions").unlink()
    company.billing.delete_for_good(("invoice", "INV-1"))
    assert company.outcomes(company.night()) == {"INV-1": "excluded deleted_after_accounting"}
    [told] = company.rows(
        "select legal_entity_code, currency, amount_minor from exception where source_code = %s", company.source_code
    )
    assert tuple(told.values()) == ("US", "USD", 10000)


def test_who_owned_a_deleted_line_is_not_guessed_where_a_file_is_lost(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    path_of(company, first, "lines").unlink()
    deleted = [("lines", "INV-1/1")]
    with pytest.raises(EvidenceError, match=r"is lost .* Restore this file"):
        find_owners(company.evidence, files_of(company, first, "lines"), deleted, company.folder / "scratch")


def test_a_folder_that_is_not_there_stops_the_night_and_quarantines_nothing(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)))
    company.billing.put(invoice("INV-1", "01-15", line(9000)))
    landed = company.extract()
    (company.folder / "evidence").rename(company.folder / "not mounted")
    with pytest.raises(EvidenceError, match=r"is lost .* Restore this file"):
        company.account(landed.attempt_id)
    (company.folder / "not mounted").rename(company.folder / "evidence")
    assert company.outcomes(company.account(landed.attempt_id)) == {"INV-1": "changed"}
    assert company.balances() == {"1100": 9000, "4020": -9000}
