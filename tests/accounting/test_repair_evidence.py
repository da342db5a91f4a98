"""Lost evidence is made again from billing and from what is left, and put back only with the very hash that is on file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest

from include.commands import repair_evidence as commands
from include.evidence.store import EvidenceStore
from include.finance.actor import Actor
from include.finance.errors import EvidenceError, UnknownNameError
from include.pipelines import repair_evidence as repairing
from include.pipelines.account import Accounted
from include.pipelines.evidence_check import CheckDesk, check_evidence
from include.pipelines.rebuild import made_again
from include.pipelines.rebuild_kinds import Again
from include.pipelines.repair_evidence import RepairDesk, RepairedFile, repair_evidence
from include.ports.billing import BillingSource
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import FIRST_NIGHT, Company
from tests.accounting.rates import publish
from tests.accounting.test_currencies import RATES
from tests.accounting.test_lost_evidence import RULE, flip, path_of

pytestmark = pytest.mark.long  # `make test` runs those marked core

_REPAIRS = "select subject_id, after from audit_log where action = 'repaired' and subject_type = 'evidence' and after ->> 'reason' = %s"


@pytest.fixture
def company(company: Company) -> Company:
    """A company whose source is configured, so that it can be asked again."""
    billing = replace(company.configuration.sources["billing"], code=company.source_code)
    company.configuration = replace(company.configuration, sources={company.source_code: billing})
    return company


def repaired(company: Company, batch_no: int | None = None, key: str = "first") -> list[RepairedFile]:
    def billing(source_code: str) -> BillingSource:
        assert source_code == company.source_code
        return company.billing

    reason = f"disk of {company.source_code}"
    return repair_evidence(RepairDesk(company.desk, billing, "anna", reason, key), company.source_code, batch_no)


def checked(company: Company, key: str) -> int:
    desk = CheckDesk(company.finance, company.evidence, company.configuration)
    return check_evidence(desk, company.source_code, key, "anna", is_everything=True).fault_count


def number_of(company: Company, accounted: Accounted) -> int:
    [row] = company.rows("select batch_no from batch where id = %s", accounted.batch_id)
    return int(row["batch_no"])


def exceptions_of_evidence(company: Company) -> list[tuple[str, str]]:
    rows = company.rows(
        "select rule, state from exception where subject_type = 'evidence' and source_code = %s order by cause",
        company.source_code,
    )
    return [(row["rule"], row["state"]) for row in rows]


def test_what_was_landed_and_what_was_made_of_it_come_back_and_the_books_go_on(company: Company) -> None:
    first = company.night(
        invoice("INV-1", "01-15", line(10000), line(500, "ratable")),
        payment("PAY-1", "01-16", 700, to("INV-1", 700, "01-16")),
    )
    company.recognise(FIRST_NIGHT)
    lost = [path_of(company, first, name) for name in ("documents", "lines", "bookings", "subledger_entries")]
    contents = [path.read_bytes() for path in lost]
    company.night(invoice("INV-1", "01-15", line(9000), line(500, "ratable")))
    company.billing.change("INV-1", status="issued")
    for path in lost[2:]:
        path.unlink()
    assert checked(company, "everything") == 2
    assert company.outcomes(company.night(payment("PAY-1", "01-16", 600, to("INV-1", 600, "01-16")))) == {
        "PAY-1": f"quarantined {RULE}",
        "INV-1": "unchanged",
    }
    done = repaired(company)
    assert [each.is_back for each in done] == [True, True]
    assert [path.read_bytes() for path in lost] == contents
    assert exceptions_of_evidence(company) == [("evidence_lost", "closed")]
    notes = company.rows(_REPAIRS, f"disk of {company.source_code}")
    assert {row["subject_id"] for row in notes} == {f"batch {number_of(company, first)}"}
    assert {row["after"]["path"] for row in notes} == {each.file.path for each in done}
    assert {row["after"]["by"] for row in notes} == {"anna"}
    assert company.outcomes(company.night())["PAY-1"] == "changed"
    assert company.balances()["1100"] == 9000 + 500 - 600
    assert repaired(company, key="again") == []


@pytest.mark.core
def test_what_a_night_landed_comes_back_only_as_it_was_accounted(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)), invoice("INV-2", "01-15", line(300)))
    number = number_of(company, first)
    lost = [path_of(company, first, name) for name in ("documents", "lines", "subledger_entries")]
    contents = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()
    # A document of a later night is none of this one's.
    company.billing.put(invoice("INV-3", "01-15", line(7)))
    assert [each.is_back for each in repaired(company, number)] == [True, True, True]
    assert [path.read_bytes() for path in lost] == contents
    # Changed since in billing: the document is named, and its file stays lost; so does what would be made of it.
    company.billing.put(invoice("INV-2", "01-15", line(301)))
    for path in lost:
        path.unlink()
    told = repaired(company, number, "second")
    assert [each.is_back for each in told] == [False, False, False]
    assert not any(path.exists() for path in lost)
    for each in told[:2]:
        assert (
            "1 cannot be read again as they were accounted: invoice INV-2 has another content in billing now"
            in each.told
        )
        assert "Restore it from a backup, or from the bucket's versions" in each.told
    assert "the batch cannot be made again" in told[2].told
    assert exceptions_of_evidence(company) == [("evidence_lost", "open")]
    company.billing.delete_for_good(("invoice", "INV-2"))
    assert "invoice INV-2 is not in billing any more" in repaired(company, number, "third")[0].told
    # Nor can it be read again where nothing is left that says which documents there were.
    path_of(company, first, "decisions").unlink()
    [documents, *_] = repaired(company, number, "fourth")
    assert "which documents it held is lost with it" in documents.told


@pytest.mark.core
def test_every_file_that_the_engine_made_comes_back_from_what_landed(company: Company) -> None:
    publish(company.finance, *RATES)
    many = (invoice(f"INV-{n}", "01-15", line(1000 + n), line(500, "ratable"), currency="EUR") for n in range(40))
    first = company.night(*many)
    made = ("decisions", "bookings", "subledger_entries", "schedules", "open_items")
    lost = [path_of(company, first, name) for name in made]
    contents = [path.read_bytes() for path in lost]
    for path in lost:
        path.unlink()
    assert [each.told for each in repaired(company, number_of(company, first)) if not each.is_back] == []
    assert [path.read_bytes() for path in lost] == contents


@pytest.mark.core
def test_what_cannot_be_proven_is_not_written(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    number = number_of(company, first)
    lost, altered = (path_of(company, first, name) for name in ("bookings", "decisions"))
    lost.unlink()
    flip(altered)
    flipped = altered.read_bytes()

    @contextmanager
    def otherwise(*given: object) -> Iterator[Again]:
        with made_again(*given) as again:  # type: ignore[arg-type]
            for _, _, path in again.written:
                path.write_bytes(path.read_bytes() + b"0")
            yield again

    with monkeypatch.context() as patch:
        patch.setattr(repairing, "made_again", otherwise)
        told = {each.file.dataset: each for each in repaired(company, number)}
    assert "stays lost: made again by the same code, it comes out otherwise" in told["bookings"].told
    assert not lost.exists()
    # An altered file is the trace of what happened: nothing is written over it.
    assert "was altered: SHA-256" in told["decisions"].told
    assert "take it out of the evidence and keep it" in told["decisions"].told
    assert altered.read_bytes() == flipped
    altered.unlink()
    path_of(company, first, "periods").unlink()
    told = {each.file.dataset: each for each in repaired(company, number, "second")}
    assert [each.is_back for each in told.values()] == [False] * 3
    assert all("the batch cannot be made again" in each.told for each in told.values())
    assert company.rows(_REPAIRS, f"disk of {company.source_code}") == []
    with pytest.raises(UnknownNameError, match="has no batch 999999"):
        repaired(company, 999999)


def test_the_command_says_what_is_back_and_fails_for_what_is_not(
    company: Company, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    app = SimpleNamespace(
        configuration=company.configuration,
        finance=lambda: company.finance,
        evidence=lambda: company.evidence,
        accounting_desk=lambda: company.desk,
        billing=lambda _: company.billing,
        actor=Actor("command", "anna", company.source_code),
    )
    monkeypatch.setattr(commands, "running_app", lambda _: app)
    monkeypatch.setattr(commands, "sources_to_check", lambda *_: [company.source_code])
    monkeypatch.setattr(commands.console, "width", 400)
    commands.repair(reason="nothing is wrong", by="anna", source=None, batch=None)
    assert "Nothing is known to be lost or altered" in capsys.readouterr().out
    path_of(company, first, "bookings").unlink()
    commands.repair(reason="a disk", by="anna", source=None, batch=number_of(company, first))
    said = capsys.readouterr().out
    assert "is back, with the SHA-256 on file" in said
    assert "1 of 1 files are back" in said
    flip(path_of(company, first, "bookings"))
    with pytest.raises(EvidenceError, match="Not everything is back"):
        commands.repair(reason="a disk", by="anna", source=None, batch=number_of(company, first))


@pytest.mark.core
def test_a_repair_that_dies_before_it_writes_leaves_its_word_and_the_next_one_finishes(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)))
    path = path_of(company, first, "bookings")
    content = path.read_bytes()
    path.unlink()
    assert checked(company, "everything") == 1
    reason = f"disk of {company.source_code}"

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(EvidenceStore, "put", dies)
        with pytest.raises(KeyboardInterrupt):
            repaired(company)
    assert (len(company.rows(_REPAIRS, reason)), path.exists()) == (1, False)
    assert [each.is_back for each in repaired(company, key="second")] == [True]
    assert (len(company.rows(_REPAIRS, reason)), path.read_bytes()) == (2, content)
