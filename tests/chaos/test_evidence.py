"""Evidence is lost, altered, or cannot be written: it is named, nothing is booked on it, and the restored file lets the night pass."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from include.sample import company
from include.sample.object_store import EmbeddedObjectStore
from tests.chaos.cases import Case, each
from tests.chaos.house import Books, House, Place, wait_for
from tests.chaos.slow_line import slow_line
from tests.chaos.stops import Stop

FIRST, SECOND = company.NIGHTS


def _lose(file: Path) -> None:
    file.unlink()


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


FIRST_BATCH = "(select * from batch where kind = 'night' order by batch_no limit 1) as b"
DAMAGES: dict[str, Callable[[Path], None]] = {"is lost": _lose, "has a flipped bit": _flip, "is cut short": _cut}


@contextmanager
def damaged(books: Books, path: str, damage: str) -> Iterator[Path]:
    """Damage a file of evidence; at the end it is restored from the backup, whatever happened."""
    file = Path(books.evidence, path)
    backup = file.read_bytes()
    DAMAGES[damage](file)
    try:
        yield file
    finally:
        file.write_bytes(backup)


def path_of(books: Books, manifest: str, dataset: str) -> str:
    """The file with the most rows of a dataset, in the newest manifest of this table."""
    return paths_of(books, manifest, dataset)[0]


def paths_of(books: Books, manifest: str, dataset: str) -> list[str]:
    """Its files with rows."""
    query = f"""
        select file ->> 'path' as path
        from {manifest}, jsonb_array_elements(manifest) as file
        where file ->> 'dataset' = %s and (file ->> 'rows')::bigint > 0
        order by (file ->> 'rows')::bigint desc
        """
    return [str(row["path"]) for row in books.ask(query, dataset)]


def damage_case(dataset: str, damage: str, when: str, *, always: bool = False) -> Case:
    name = f"a file of {dataset.replace('_', ' ')} {damage} {when}"
    return Case(name, "evidence", when, is_always=always, given={"dataset": dataset, "damage": damage})


LANDED = tuple(
    damage_case(dataset, damage, "after it has landed", always=(dataset, damage) == ("documents", "has a flipped bit"))
    for dataset in ("documents", "applications")
    for damage in DAMAGES
)


@each(*LANDED)
def test_what_landed(house: House, evening: Place, tmp_path: Path, case: Case) -> None:
    with house.copy(evening) as books:
        night = books.start(FIRST.as_of, Stop("land_attempt", "after", 0, str(tmp_path)))
        wait_for(lambda: list(tmp_path.glob("reached-*")))
        with damaged(books, path_of(books, "attempt", case.given["dataset"]), case.given["damage"]) as file:
            (tmp_path / "go").touch()
            _, errors = night.end()
            [(kind, message)] = errors
            assert (kind, str(file) in message, "Restore this file" in message) == ("EvidenceError", True, True)
            assert books.ask("select from batch") == books.ask("select from journal_entry") == []
        books.complete()
        books.require_right()


PRIOR = tuple(
    Case(
        f"all files of subledger entries of a night {damage} between the nights",
        "evidence",
        "between the nights",
        given={"damage": damage_of_one},
    )
    for damage, damage_of_one in (
        ("are lost", "is lost"),
        ("have a flipped bit", "has a flipped bit"),
        ("are cut short", "is cut short"),
    )
)
AFTER = SECOND.as_of + timedelta(hours=1)


@each(*PRIOR)
def test_what_an_earlier_night_booked(house: House, second_evening: Place, case: Case) -> None:
    """Documents that the files are needed for wait, all others are booked; a night after they are back books the rest."""
    with house.copy(second_evening) as books:
        waiting = "select message from exception where state = 'open' and rule = 'prior_bookings_unreadable'"
        with ExitStack() as stack:
            files = [
                str(stack.enter_context(damaged(books, path, case.given["damage"])))
                for path in paths_of(books, FIRST_BATCH, "subledger_entries")
            ]
            _, errors = books.run(SECOND.as_of)
            # The tie-out reads what is booked, and names the files as well.
            assert {kind for kind, _ in errors} <= {"EvidenceError", "NightUnfinishedError"}
            [batch] = books.ask("select batch_no from batch where kind = 'night' and read_instant = %s", SECOND.as_of)
            told = books.ask(waiting)
            assert told
            assert all(any(file in row["message"] for file in files) for row in told)
            counted = "select outcome, sum(document_count)::int as n from batch_outcome where batch_no = %s group by 1"
            outcomes = {row["outcome"]: row["n"] for row in books.ask(counted, batch["batch_no"])}
            assert outcomes["quarantined"] >= len(told)
            assert outcomes["new"]
            books.require_booked_once()
        books.complete(replace(SECOND, as_of=AFTER))
        assert books.ask(waiting) == []
        books.require_right(SECOND, is_outcome_known=False)


POSTED = tuple(damage_case("subledger_entries", damage, "after they were accounted") for damage in DAMAGES)


@each(*POSTED)
def test_what_is_posted(house: House, accounted: Place, case: Case) -> None:
    """Posting needs no evidence: every entry stands once. The tie-out reads all of it, and says which file is not what it was."""
    with house.copy(accounted) as books:
        path = path_of(books, FIRST_BATCH, case.given["dataset"])
        with damaged(books, path, case.given["damage"]) as file:
            books.run(steps=("post",))
            books.require_once()
            _, errors = books.run()
            assert {kind for kind, _ in errors} <= {"EvidenceError", "NightUnfinishedError"}
            assert any(str(file) in message for _, message in errors)
        books.complete()
        books.require_right()


FULL = tuple(
    Case(
        f"the disk is full {when}",
        "the disk (no file grows any more)",
        f"{stage}, {when}",
        is_always=(site, number) == ("evidence.account", 3),
        given={"stop": Stop(site, "before", number, then="disk full")},
    )
    for stage, site, number, when in (
        ("extract", "open_attempt", 0, "before anything has landed"),
        ("extract", "evidence.extract", 0, "at the first file that lands"),
        ("extract", "evidence.extract", 5, "in the middle of landing"),
        ("validate", "evidence.validate", 0, "at the findings"),
        ("account", "evidence.account", 0, "at the first file of what is booked"),
        ("account", "evidence.account", 3, "in the middle of what is booked"),
    )
)


@each(*FULL)
def test_full_disk(house: House, evening: Place, case: Case) -> None:
    with house.copy(evening) as books:
        _, errors = books.run(FIRST.as_of, case.given["stop"])
        [(kind, message)] = errors
        assert (kind, "is full" in message, "run the night again" in message) == ("EvidenceError", True, True)
        assert books.ask("select from batch") == []
        books.complete()
        books.require_right()


STORES = (
    Case(
        "the object store answers slowly",
        "the line to the object store",
        "each answer half a second late, all night",
        given={"delay": 0.5},
    ),
    Case(
        "the object store is away for some seconds",
        "the object store (stopped and started)",
        "extract, before the 6th file",
        given={"away": 3},
    ),
    Case(
        "the object store goes away in the middle of landing",
        "the object store (stopped)",
        "extract, before the 6th file",
        given={"away": None},
    ),
)


@each(*STORES)
def test_object_store(
    house: House, evening: Place, object_store: EmbeddedObjectStore, tmp_path: Path, case: Case
) -> None:
    bucket = f"chaos-{case.test_id.replace('_', '-')}"
    object_store.make_bucket(bucket)
    with house.copy(evening) as books, slow_line(object_store.url, case.given.get("delay", 0)) as port:
        books.evidence = f"s3://{bucket}/evidence"
        through = object_store.airflow_connection().replace(object_store.url, f"http://127.0.0.1:{port}")
        books.further = {"AIRFLOW_CONN_EVIDENCE_S3": through}
        if "delay" in case.given:
            books.complete()
        else:
            night = books.start(FIRST.as_of, Stop("evidence.extract", "before", 5, str(tmp_path)))
            wait_for(lambda: list(tmp_path.glob("reached-*")))
            object_store.stop()
            (tmp_path / "go").touch()
            if case.given["away"]:
                time.sleep(case.given["away"])
                object_store.start()
            _, errors = night.end()
            object_store.start()
            assert {kind for kind, _ in errors} <= {"SystemUnreachableError"}
            assert bool(errors) == (case.given["away"] is None)
            books.complete()
        books.require_right()
