"""Retention: evidence that is lost is restored and booked from, and what is past its retention is listed, no more."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from include.finance.errors import EvidenceError
from include.finance.retention import EntityRetention, LegalHold, RetentionSettings
from include.pipelines.evidence_check import CheckDesk, EvidenceChecked, check_evidence, require_whole
from include.pipelines.retention import past_retention
from include.store.database import FinanceDatabase
from tests.accounting.billing import invoice, line
from tests.accounting.company import FIRST_NIGHT, Company
from tests.accounting.conftest import put_in_one_bucket

_EXCEPTIONS = "select subject_id, rule, state from exception where subject_type = 'evidence' order by cause"
_YEAR = datetime.now(UTC).year  # in which the batches are committed


@dataclass
class Rehearsal:
    """A night; its evidence is lost and restored from a copy; a night that changes what was booked, and a recognition."""

    company: Company
    seen: dict[str, object] = field(default_factory=dict)

    def check(self, key: str) -> EvidenceChecked:
        desk = CheckDesk(self.company.finance, self.company.evidence, self.company.configuration)
        return check_evidence(desk, self.company.source_code, key, "anna", is_everything=key != "restored")

    def past(self, on: date, **entities: EntityRetention) -> dict[int, str]:
        """What keeps each batch that is past its retention on a day."""
        usual = {code: EntityRetention() for code in self.company.configuration.legal_entities}
        found = past_retention(self.company.finance, RetentionSettings(usual | entities), on)
        return {each.batch.batch_no: "; ".join(each.kept_by) for each in found}


@pytest.fixture(scope="module")
def rehearsal(module_books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    with pytest.MonkeyPatch.context() as patch:
        put_in_one_bucket(patch)
        yield rehearsed(Rehearsal(Company(module_books, tmp_path_factory.mktemp("rehearsal"))))


def rehearsed(rehearsal: Rehearsal) -> Rehearsal:
    company, seen = rehearsal.company, rehearsal.seen
    evidence, backup = company.folder / "evidence", company.folder / "backup"
    company.night(invoice("INV-1", "01-10", line(10000)))
    shutil.copytree(evidence, backup)
    shutil.rmtree(evidence)
    with pytest.raises(EvidenceError) as refused:
        rehearsal.check("not mounted")
    seen["not mounted"] = str(refused.value), company.rows(_EXCEPTIONS)
    evidence.mkdir()
    seen["empty"] = rehearsal.check("empty"), company.rows(_EXCEPTIONS)
    seen["lost"] = company.rows("select path from evidence_file_check where fault = 'lost' order by path")
    shutil.copytree(backup, evidence, dirs_exist_ok=True)
    # The next part alone: what was lost is read again whatever part it is of.
    seen["restored"] = rehearsal.check("restored"), company.rows(_EXCEPTIONS)
    company.night(invoice("INV-1", "01-10", line(7000)), invoice("INV-2", "01-10", line(36500, "ratable")))
    company.recognise(FIRST_NIGHT)
    return rehearsal


def test_a_folder_that_is_not_mounted_is_told_apart_from_one_that_is_lost(rehearsal: Rehearsal) -> None:
    message, exceptions = rehearsal.seen["not mounted"]  # type: ignore[misc]
    assert message.startswith(
        f"Evidence folder {rehearsal.company.folder / 'evidence'} is not there. Is its disk mounted"
    )
    assert exceptions == []


def test_evidence_that_is_lost_is_named_and_is_whole_after_it_was_restored_from_a_copy(rehearsal: Rehearsal) -> None:
    company, [first, *_] = rehearsal.company, manifests(rehearsal)
    lost, opened = rehearsal.seen["empty"]  # type: ignore[misc]
    assert [row["path"] for row in rehearsal.seen["lost"]] == sorted(first)  # type: ignore[attr-defined]
    assert lost.fault_count == len(first) > 4
    assert [tuple(row.values()) for row in opened] == [("batch 1", "evidence_lost", "open")]
    clean, closed = rehearsal.seen["restored"]  # type: ignore[misc]
    require_whole(clean)
    assert (clean.file_count, clean.fault_count, clean.standing.unread_count) == (len(first), 0, 0)
    assert [tuple(row.values()) for row in closed] == [("batch 1", "evidence_lost", "closed")]
    # And it is what the books need: the change was reversed from what was restored.
    net = "select sum(amount_minor)::bigint as net from journal_line where account_code = '1100'"
    assert company.rows(net) == [{"net": 7000 + 36500}]


@pytest.mark.long
def test_only_what_nothing_reads_any_more_could_go_after_its_last_day(rehearsal: Rehearsal) -> None:
    assert rehearsal.past(date(_YEAR + 10, 12, 31)) == {}
    found = rehearsal.past(date(_YEAR + 11, 1, 1))
    # The first version of the invoice was reversed and booked anew: its batch holds nothing that is in force.
    assert found[1] == ""
    assert found[2] == "2 documents whose newest version or standing booking it holds"
    # What was recognised follows from documents that stay, so it stays with them.
    assert found[3] == "recognition over batch 2, which stays"


@pytest.mark.long
def test_a_legal_hold_and_a_longer_retention_keep_it(rehearsal: Rehearsal) -> None:
    held = EntityRetention(7, LegalHold("case 4711", date(2026, 3, 1)))
    assert rehearsal.past(date(_YEAR + 8, 1, 1), US=held)[1] == "legal hold of US since 2026-03-01: case 4711"
    assert rehearsal.past(date(_YEAR + 11, 1, 1), US=EntityRetention(30)) == {}
    # Of a legal entity whose documents are not in the batch it says nothing.
    assert rehearsal.past(date(_YEAR + 11, 1, 1), UK=EntityRetention(30))[1] == ""


def manifests(rehearsal: Rehearsal) -> list[list[str]]:
    rows = rehearsal.company.rows("select manifest from batch order by batch_no")
    return [[file["path"] for file in row["manifest"]] for row in rows]
