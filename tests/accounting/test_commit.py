"""One commit per night: two nights at once, an attempt twice, an attempt given up, a source replaced, a disk that is full."""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from include.evidence.folder import Folder
from include.finance.errors import EvidenceError, SourceReplacedError, UnbalancedEntryError
from include.pipelines import account
from include.pipelines.account import Accounted
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.register import BatchCommit, open_commit
from include.subledger.workspace import Workspace
from tests.accounting.billing import invoice, line, payment, to
from tests.accounting.company import Company, open_periods
from tests.accounting.evidence import bookings, files_of

pytestmark = pytest.mark.long  # `make test` runs those marked core


@pytest.fixture
def before_commit(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Let something happen once, when the next night is decided upon and about to open its commit."""

    def arrange(happens: Callable[[], object]) -> None:
        def opened(*given: Any) -> AbstractContextManager[BatchCommit]:
            monkeypatch.setattr(account, "open_commit", open_commit)
            happens()
            return open_commit(*given)

        monkeypatch.setattr(account, "open_commit", opened)

    return arrange


def batches(company: Company) -> list[UUID]:
    query = "select id from batch where source_code = %s order by batch_no"
    return [row["id"] for row in company.rows(query, company.source_code)]


def state_of(company: Company, attempt_id: UUID) -> str:
    [row] = company.rows("select state from attempt where id = %s", attempt_id)
    return str(row["state"])


@pytest.mark.core
def test_a_night_that_finds_another_committed_compares_again_and_books_only_the_difference(
    company: Company, before_commit: Callable[[Callable[[], object]], None]
) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    first = company.extract()
    company.billing.put(invoice("INV-1", "01-15", line(9000)), invoice("INV-2", "01-15", line(500)))
    second = company.extract()
    before_commit(lambda: company.account(first.attempt_id))
    done = company.account(second.attempt_id)
    assert company.outcomes(done) == {"INV-1": "changed", "INV-2": "new"}
    assert company.balances() == {"1100": 9500, "4020": -9500}
    assert len(batches(company)) == 2


def test_an_older_snapshot_after_a_newer_one_is_covered_by_it(company: Company) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    older = company.extract()
    company.billing.put(invoice("INV-1", "01-15", line(9000)))
    newer = company.account(company.extract().attempt_id)
    late = company.account(older.attempt_id)
    assert (late.is_covered, late.batch_id) == (True, newer.batch_id)
    assert company.balances() == {"1100": 9000, "4020": -9000}
    assert state_of(company, older.attempt_id) == "abandoned"


def test_an_older_snapshot_that_is_overtaken_while_it_is_compared_is_covered_too(
    company: Company, before_commit: Callable[[Callable[[], object]], None]
) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    older = company.extract()
    company.billing.put(invoice("INV-1", "01-15", line(9000)))
    newer = company.extract()
    before_commit(lambda: company.account(newer.attempt_id))
    assert company.account(older.attempt_id).is_covered
    assert company.balances() == {"1100": 9000, "4020": -9000}


def test_an_attempt_accounted_twice_is_one_batch(
    company: Company, before_commit: Callable[[Callable[[], object]], None]
) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    landed = company.extract()
    others: list[Accounted] = []
    before_commit(lambda: others.append(company.account(landed.attempt_id)))
    first = company.account(landed.attempt_id)
    again = company.account(landed.attempt_id)
    assert batches(company) == [first.batch_id] == [again.batch_id] == [others[0].batch_id]
    assert company.balances() == {"1100": 10000, "4020": -10000}


def test_an_attempt_given_up_meanwhile_is_not_committed(
    company: Company, before_commit: Callable[[Callable[[], object]], None]
) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    landed = company.extract()
    before_commit(
        lambda: company.rows("update attempt set state = 'abandoned' where id = %s returning id", landed.attempt_id)
    )
    with pytest.raises(EvidenceError, match=r"was given up while it was accounted\. Run the night again"):
        company.account(landed.attempt_id)
    assert (batches(company), company.ledger()) == ([], "")
    assert company.outcomes(company.night()) == {"INV-1": "new"}


def test_a_dry_run_decides_everything_and_commits_nothing(company: Company) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    dry = company.account(company.extract(kind="dry_run").attempt_id)
    assert (dry.batch_id, dry.entry_count, [each.outcome for each in dry.outcomes]) == (None, 1, ["new"])
    assert (batches(company), company.ledger(), company.retries()) == ([], "", {})


def test_a_replaced_source_is_compared_whole_and_followed_from_then_on(company: Company) -> None:
    company.night(invoice("INV-1", "01-15", line(10000)), invoice("INV-2", "01-15", line(500)))
    company.billing.restore("life-2", clock=5)
    company.billing.put(invoice("INV-1", "01-15", line(9000)))
    with pytest.raises(SourceReplacedError, match="full compare"):
        company.night()
    full = company.night(is_full=True)
    assert company.outcomes(full) == {"INV-1": "changed", "INV-2": "unchanged"}
    [stream] = company.rows("select * from source_stream where source_code = %s", company.source_code)
    position = company.billing.position()
    assert (stream["system_identifier"], stream["horizon"], stream["snapshot_rank"]) == (
        position.system_identifier,
        position.horizon,
        position.rank,
    )
    # A document that the full compare left as it was can change as well, although it was seen at higher ranks before.
    next_night = company.night(invoice("INV-2", "01-15", line(400)))
    assert company.outcomes(next_night) == {"INV-2": "changed"}
    assert company.balances() == {"1100": 9400, "4020": -9400}


@pytest.mark.core
def test_an_entry_above_the_line_limit_is_split_by_documents_and_each_part_balances(company: Company) -> None:
    company.line_limit = 3
    names = [f"INV-{number}" for number in range(8)]
    company.billing.put(*(invoice(name, "01-15", line(100, product_line=name)) for name in names))
    done = company.account(company.extract().attempt_id)
    parts = company.rows(
        """
        select e.id, part_no, part_count, count(*) as line_count, sum(amount_minor)::bigint as net, max(e.document_count) as documents
        from journal_entry as e join journal_line as l on l.entry_id = e.id join batch as b on b.batch_no = e.batch_no
        where b.id = %s group by e.id, part_no, part_count order by part_no
        """,
        done.batch_id,
    )
    assert len(parts) > 1
    assert {each["net"] for each in parts} == {0}
    assert all(each["line_count"] <= 3 or each["documents"] == 1 for each in parts)
    assert sum(each["documents"] for each in parts) == len(names)
    assert company.balances() == {"1100": 800, "4020": -800}


def test_a_night_accounted_again_after_a_restore_gives_the_same_parts_the_same_names(
    own_company: Company, postgres: EmbeddedPostgres
) -> None:
    company = own_company
    company.line_limit = 3
    company.billing.put(
        *(invoice(f"INV-{number}", "01-15", line(100, product_line=f"{number}")) for number in range(6))
    )
    query = "select id, reference, part_no, part_count, content_sha256 from journal_entry order by id"
    company.account(company.extract().attempt_id)
    first = company.rows(query)
    forget_everything(postgres, company)
    company.account(company.extract().attempt_id)
    assert company.rows(query) == first
    assert len({row["reference"] for row in first}) == len(first) > 1


def test_buckets_accounted_one_by_one_come_to_the_entries_that_they_come_to_together(
    finance: FinanceDatabase, tmp_path: Path, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_periods(finance)
    company = Company(finance, tmp_path)
    company.line_limit = 4
    names = [f"INV-{number}" for number in range(1, 13)]
    company.billing.put(*(invoice(name, "01-15", line(1000), line(500, "ratable")) for name in names))
    company.billing.put(*(payment(f"PAY-{name}", "01-16", 1500, to(name, 1500, "01-16")) for name in names))
    query = "select id, reference, part_no, part_count, content_sha256 from journal_entry order by id"
    landed = company.extract()
    company.account(landed.attempt_id)
    together, ledger = company.rows(query), company.ledger()
    forget_everything(postgres, company)
    monkeypatch.setattr(account, "_PORTION_ROWS", 1)
    one_by_one = company.account(company.extract().attempt_id)
    assert (company.rows(query), company.ledger()) == (together, ledger)
    numbers = [row["booking_id"] for row in bookings(company, one_by_one)]
    assert len(files_of(company, one_by_one, "bookings")) > 2
    assert len(set(numbers)) == len(numbers) == 3 * len(names)
    assert len(together) > 1


def forget_everything(postgres: EmbeddedPostgres, company: Company) -> None:
    """The finance database is restored to the moment before the first night."""
    tables = "journal_line, posting_transition, event_booking, journal_entry, document_register, document_version, document_retry, document_arrival"
    with postgres.connect("finance_owner", company.finance.dsn.rsplit("/", 1)[1]) as connection:
        connection.execute(
            f"truncate tieout.{tables.replace(', ', ', tieout.')}, tieout.batch_outcome, tieout.exception cascade"
        )
        connection.execute("update tieout.source_stream set last_batch_no = null, horizon = 0, snapshot_rank = 0")
        connection.execute(
            "update tieout.source_stream set generation = 0, system_identifier = null, read_instant = null"
        )
        connection.execute("delete from tieout.batch")
        connection.execute("truncate tieout.validation, tieout.validation_suite")
        connection.execute("delete from tieout.attempt")


@pytest.mark.core
def test_a_full_evidence_folder_is_named_with_its_cure_and_the_next_run_completes(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    landed = company.extract()

    def full(self: Folder, content: object, target: str) -> tuple[int, str]:
        raise OSError(errno.ENOSPC, "No space left on device", target)

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "_copy", full)
        with pytest.raises(EvidenceError, match=r"Evidence folder .*evidence is full: [\d,]+ bytes free\. Make room"):
            company.account(landed.attempt_id)
    assert (batches(company), company.ledger()) == ([], "")
    assert list((company.folder / "scratch").glob("account-*")) == []
    assert company.outcomes(company.account(landed.attempt_id)) == {"INV-1": "new"}


@pytest.mark.core
def test_a_lost_file_of_what_landed_stops_the_night_by_name_and_a_restored_one_lets_it_pass(company: Company) -> None:
    """What an earlier night booked costs its own documents when it is lost: test_lost_evidence.py."""
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    landed = company.extract()
    [lines] = (company.folder / "evidence").rglob("lines/bucket-0.parquet")
    kept = lines.rename(f"{lines}.kept")
    with pytest.raises(EvidenceError, match=r"lines/bucket-0\.parquet is lost .* Restore this file from a backup"):
        company.account(landed.attempt_id)
    assert batches(company) == []
    kept.rename(lines)
    assert company.outcomes(company.account(landed.attempt_id)) == {"INV-1": "new"}


def kept(company: Company) -> int:
    """How many rows of documents and bookings of a company the finance database holds."""
    counts = "(select count(*) from document_register where source_id = s.source_id) + (select count(*) from event_booking where batch_no > %s)"
    [row] = company.rows(
        f"select {counts} as rows from source_stream as s where source_code = %s",
        company.rows("select coalesce(max(batch_no), 0) as last from batch")[0]["last"],
        company.source_code,
    )
    return int(row["rows"])


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "update subledger_entry set amount_minor = amount_minor + 1 where rowid = 0",
            "out of balance by 1 minor unit",
        ),
        ("delete from subledger_entry where booking_id = 1", "came to no entries"),
        (
            "insert into subledger_entry select * replace (booking_id + 100 as booking_id) from subledger_entry",
            "2 events came to 4 bookings",
        ),
    ],
)
def test_a_booking_that_is_not_whole_takes_the_rows_along_that_were_copied_already(
    company: Company, monkeypatch: pytest.MonkeyPatch, statement: str, message: str
) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)), invoice("INV-2", "01-15", line(5000)))
    landed = company.extract()
    run = Workspace.run

    def run_and_break(self: Workspace, name: str) -> None:
        run(self, name)
        if name == "entries":
            self._connection.execute(statement).fetchall()

    with monkeypatch.context() as patched:
        patched.setattr(Workspace, "run", run_and_break)
        with pytest.raises(UnbalancedEntryError, match=message):
            company.account(landed.attempt_id)
    assert (batches(company), kept(company)) == ([], 0)
    assert company.outcomes(company.account(landed.attempt_id)) == {"INV-1": "new", "INV-2": "new"}


@pytest.mark.parametrize("table", ["document_register", "event_booking"])
def test_rows_that_cannot_be_copied_end_the_night_and_the_next_run_completes_it(
    company: Company, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    company.billing.put(invoice("INV-1", "01-15", line(10000)))
    landed = company.extract()
    copy = BatchCommit.copy

    def fail(self: BatchCommit, into: str, rows: Any) -> None:
        if into == table:
            raise OSError("the rows are lost")
        copy(self, into, rows)

    with monkeypatch.context() as patched:
        patched.setattr(BatchCommit, "copy", fail)
        with pytest.raises(OSError, match="the rows are lost"):
            company.account(landed.attempt_id)
    assert (batches(company), kept(company)) == ([], 0)
    assert company.outcomes(company.account(landed.attempt_id)) == {"INV-1": "new"}


def test_the_first_version_of_a_document_is_kept_when_it_changes(company: Company) -> None:
    first = company.night(invoice("INV-1", "01-15", line(10000)), invoice("INV-2", "01-15", line(5000)))
    query = "select v.version_no, b.id as batch_id from {} as v join batch as b using (batch_no) where source_code = %s order by 1, 2"
    assert company.rows(query.format("document_version"), company.source_code) == []
    second = company.night(invoice("INV-1", "01-15", line(9000)))
    both = [{"version_no": 1, "batch_id": first.batch_id}, {"version_no": 2, "batch_id": second.batch_id}]
    assert company.rows(query.format("document_version"), company.source_code) == both
    assert company.rows(query.format("every_version"), company.source_code) == [both[0], *both]
