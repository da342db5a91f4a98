"""From the landed documents of one attempt to events, subledger entries, journal entries and decisions.

The engine reads and judges all portions first (`read_portion`, `decide`), because an application may stand in one portion
and its invoice in another; then it compares each portion with what is on file and books the difference (`book_portion`);
last it sums the entries into journals (`summarise`). It asks the outside world nothing: what the register, the bookings
and the evidence hold is handed in as Arrow tables by the pipeline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq

from include.evidence.duck import read_sql
from include.finance.errors import EvidenceError, UnbalancedEntryError
from include.ports.canonical import DATASETS, landed_schema
from include.subledger.entry_ids import identify
from include.subledger.workspace import PUT_ASIDE, Workspace

HASH_VERSION = 1
_TOLD = 5  # files named in an error; how many there are is always said
# From the landed rows of a portion to its event lines and their rules.
_STEPS_OF_A_PORTION = (
    "reliefs",
    "document_states",
    "hard_deletions",
    "document_findings",
    "sister_documents",
    "live_documents",
    "processor_events",
    "credit_taken",
    "dispute_events",
    "write_off_events",
    "residual_events",
    "own_reliefs",
    "payout_arrivals",
    "exchanges",
    "sister_rates",
    # of all documents: `shape_documents` leaves only some of them
    "conversion_findings",
    "lost_sister_findings",
    "event_lines",
    "shape_documents",
    "event_shapes",
    "arrears_lines",
    "rule_findings",
    "account_findings",
    "mapped_dimensions",
    "mapping_findings",
    "dimensions",
    "application_lines",
    "exchange_findings",
    "sister_findings",
    "schedule_terms",
    "document_numbers",
)
# From what differs from the bookings on file to entries.
_STEPS_OF_BOOKING = (
    "delta_days",
    "sister_legs",
    "posting_dates",
    "sister_dates",
    "booking_places",
    "posting_groups",
    "bookings",
    "codings",
    "entries",
    "functional_entries",
    "arrears_worths",
    "late_bookings",
    "material_documents",
    "posting_groups",
    "held_bookings",
    "schedule_worths",
    "item_movements",
    "intercompany_legs",
    "line_keys",
    "shown_codings",
)

# Of these, what amounts need.
_STEPS_OF_TRIAL = tuple(
    step
    for step in _STEPS_OF_BOOKING[: _STEPS_OF_BOOKING.index("line_keys")]
    if step not in ("late_bookings", "material_documents", "held_bookings")
)

# What `evidence_bookings.sql` writes: one row per event that was booked or reversed.
BOOKING_SCHEMA = pa.schema(
    [
        ("batch_key", pa.int64()),
        ("booking_id", pa.int64()),
        ("document_uid", pa.uuid()),
        ("event_type", pa.int16()),
        ("occurrence", pa.uuid()),
        ("booking_no", pa.int16()),
        ("reverses_no", pa.int16()),
        ("legal_entity_code", pa.string()),
        ("currency", pa.string()),
        ("document_date", pa.date32()),
        ("event_date", pa.date32()),
        ("posting_date", pa.date32()),
        ("period_name", pa.string()),
        ("held_reason", pa.string()),
        ("category", pa.string()),
        ("customer_ref", pa.string()),
        ("payload_hash", pa.uuid()),
        ("journal_entry_id", pa.uuid()),
    ]
)

# What `evidence_entries.sql` writes: the debits and credits of the bookings, joined by batch_key and booking_id.
ENTRY_SCHEMA = pa.schema(
    [
        ("batch_key", pa.int64()),
        ("booking_id", pa.int64()),
        ("line_no", pa.int32()),
        ("account_code", pa.string()),
        ("party_key", pa.string()),
        ("role", pa.string()),
        ("department", pa.string()),
        ("region", pa.string()),
        ("product_line", pa.string()),
        ("amount_minor", pa.int64()),
        # in the entity's own currency, at that rate of that day; null: the amount is in it already
        ("functional_minor", pa.int64()),
        ("fx_rate", pa.decimal128(38, 15)),
        ("fx_rate_date", pa.date32()),
        ("rule_id", pa.string()),
        ("item_uid", pa.uuid()),  # of a foreign entry on a monetary account: the open item, by its document
    ]
)

# What `evidence_open_items.sql` writes: what entries do to open items in a foreign currency.
OPEN_ITEM_SCHEMA = pa.schema(
    [
        ("item_uid", pa.uuid()),
        *((name, pa.string()) for name in ("legal_entity_code", "currency", "role", "account_code", "party_key")),
        ("posting_date", pa.date32()),
        ("amount_minor", pa.int64()),
        ("functional_minor", pa.int64()),
        ("journal_entry_id", pa.uuid()),
    ]
)

# Buckets that go through the engine together: as many as memory allows, because few large steps are faster than many small ones.
Portion = tuple[int, ...]

# What is booked, as evidence keeps it.
STORED: Mapping[str, pa.Schema] = {"bookings": BOOKING_SCHEMA, "subledger_entries": ENTRY_SCHEMA}

# Files of STORED that cannot be read.
_UNREADABLE = pa.schema([("batch_no", pa.int64()), ("bucket", pa.int8()), ("fact", pa.string())])

# What names an event of a document.
EVENT_KEY = ["document_uid", "event_type", "occurrence"]

# Documents of which nothing is booked tonight, because what was booked of them before cannot be read; and which files that stands in.
WITHHELD_SCHEMA = pa.schema([("document_uid", pa.uuid()), ("detail", pa.string())])

# What the engine reads of a finding of the data-quality suites.
FINDING_SCHEMA = pa.schema(
    [("document_uid", pa.uuid())]
    + [(name, pa.string()) for name in ("rule", "consequence", "detail")]
    + [("bucket", pa.int8())]
)


@dataclass(frozen=True, slots=True)
class StoredFault:
    """A file of an earlier batch that is lost or altered: which bucket of which batch, and the file and the fact in words."""

    batch_no: int
    bucket: int
    fact: str


@dataclass(frozen=True, slots=True)
class StoredFiles:
    """Local files of earlier batches, and what is wrong with those that are not here for it."""

    paths: list[str]
    faults: list[StoredFault] = field(default_factory=list)


class PriorUnreadableError(EvidenceError):
    """What was booked of some documents before stands in evidence that is lost or altered.

    `documents` names them, in WITHHELD_SCHEMA: an engine that withholds them can book all others.
    """

    def __init__(self, source_code: str, documents: pa.Table) -> None:
        facts = sorted(set(documents["detail"].to_pylist()))
        more = f"; and {len(facts) - _TOLD} more" if len(facts) > _TOLD else ""
        super().__init__(
            f"Source {source_code}: what was booked of {documents.num_rows} documents before cannot be read. {'; '.join(facts[:_TOLD])}{more}. "
            "Restore these files from a backup or from the bucket's versions, or try `make repair-evidence`. Nothing was booked."
        )
        self.documents = documents


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """The configuration as small Arrow tables, named as the SQL files name them, and the run's own constants.

    `tables` holds legal_entity, currency, document_type, event_type, rule, rule_line, mapping, mapped_value, role_account, placed_event,
    exception_rule, period, adjustment_tolerance, fx_rate, fx_fixing, fx_setting, materiality,
    measured_account and late_total.
    `line_limit` is the smallest number of lines per entry that any ERP in use takes.
    """

    tables: Mapping[str, pa.Table]
    source_code: str
    batch_id: UUID
    line_limit: int


class SubledgerEngine:
    """One accounting run over one landed attempt."""

    def __init__(self, workspace: Workspace, settings: EngineSettings, folder: Path) -> None:
        """Start with nothing read. What does not belong in memory is put aside in `folder`."""
        self._workspace = workspace
        self._settings = settings
        self._folder = folder
        self._portions: list[Portion] = []  # that have documents
        workspace.run("macros")
        workspace.run_text(read_sql("document_once"))
        workspace.run("rule_macros")
        workspace.run("tables")
        for name, table in settings.tables.items():
            workspace.create(name, table)
        workspace.set("source_code", settings.source_code)
        workspace.set("batch_label", settings.batch_id.hex[:8])
        workspace.set("batch_key", settings.batch_id.int >> 65)  # 63 bits: which batch a row of evidence is of
        workspace.set("line_limit", settings.line_limit)
        workspace.set("hash_version", HASH_VERSION)
        workspace.set("sum_round", 0)
        workspace.set("rate_purpose", "transaction")
        workspace.set("is_trial", value=False)
        workspace.set("judges_lateness", value=True)
        workspace.set("dates_anew", value=False)
        self._is_probing = False
        self._is_reopening = False
        self._is_withdrawing = False

    def probe(self) -> None:
        """Find out what the rules of today would book otherwise: every event that stands as it should is undone and booked anew.

        Nothing of such a run may be committed; `moved_events` is what it is for.
        """
        self._workspace.set("judges_lateness", value=False)
        self._is_probing = True

    def reopen(self, events: pa.Table, *, dates_anew: bool = False) -> None:
        """Undo and book anew these events alone, whatever stands of them; everything else is left as it is.

        With `dates_anew` each is booked on its own day where that is open now, and not beside what is undone: so what was late moves into its
        period that was opened again.
        """
        self._workspace.set("judges_lateness", value=False)
        self._workspace.set("dates_anew", value=dates_anew)
        self._is_reopening = True
        self._workspace.append("reopened_event", events.select(EVENT_KEY))

    def withdraw(self, events: pa.Table) -> None:
        """Undo these events alone, with what rests on them: a person takes them out of the books."""
        self._workspace.set("judges_lateness", value=False)
        self._is_withdrawing = True
        self._workspace.append("withdrawn_event", events.select(EVENT_KEY))

    def try_out(self, days: tuple[date, date]) -> None:
        """Only tell amounts: what documents come to in a span of days. Contents are not named, and nothing can be summed or committed."""
        self._workspace.set("is_trial", value=True)
        for name, day in zip(("first_day", "last_day"), days, strict=True):
            self._workspace.set(name, day)

    def take_findings(self, files: list[str]) -> None:
        """Take what the data-quality suites found in the landed documents, from local Parquet files of findings."""
        self._workspace.view("validation_file", files, FINDING_SCHEMA)
        self._workspace.run("validation_findings")

    def withhold(self, documents: pa.Table) -> None:
        """Quarantine these documents, in WITHHELD_SCHEMA: what was booked of them before cannot be read. Nothing of them is booked or undone."""
        self._workspace.append("withheld_document", documents.select(WITHHELD_SCHEMA.names))

    def take_registered(self, rows: pa.Table) -> None:
        """Take register rows of documents of any portion, which `read_portion` is then not to answer again."""
        self._workspace.append("register_row", rows)

    def read_portion(
        self,
        portion: Portion,
        files: Mapping[str, list[str]],
        register_of: Callable[[pa.Table], pa.Table],
        prior_of: Callable[[pa.Table], pa.Table],
    ) -> None:
        """Judge the landed rows of one portion of the buckets.

        `files` maps each dataset to its local Parquet files. `register_of` answers document uids with their register
        rows, `prior_of` answers register rows of deleted documents with what they were.
        """
        if not (files.get("documents") or files.get("deletions")):
            return
        self._portions.append(portion)
        work = self._workspace
        work.set("portion", portion[0])
        for name in DATASETS:
            work.view(f"portion_{name}", files.get(name, []), landed_schema(name))
        if work.table("documents_come_twice").num_rows:
            once = self._folder / f"documents-once-{portion[0]}.parquet"
            work.write_parquet("documents_once", once, PUT_ASIDE)
            work.view("portion_documents", [str(once)], landed_schema("documents"))
        register = register_of(work.table("portion_uids"))
        work.append("register_row", register)
        work.append("prior_decision", prior_of(work.table("deleted_registered")))
        for step in _STEPS_OF_A_PORTION:
            work.run(step)
        work.write_parquet("stashed_lines", self._stash(portion), PUT_ASIDE)

    def decide(self, retries: pa.Table, accounted_of: Callable[[pa.Table], pa.Table]) -> None:
        """Choose each document's step, once all portions are read.

        `retries` lists the documents read again on our wish; `accounted_of` answers invoice uids with those
        that the register knows, and whether they stand in the books.
        """
        work = self._workspace
        work.append("retry_row", retries)
        work.append("accounted_invoice", accounted_of(work.table("invoice_uids")))
        for step in (
            "day_rates",
            "foreign_documents",
            "shape_lines",
            "withdrawn_documents",
            "decisions",
            "waiting",
            "foreign_waiting",
            "sister_waiting",
            "residual_waiting",
            "forget_states",
        ):
            work.run(step)

    def book_portion(
        self,
        portion: Portion,
        bookings_of: Callable[[pa.Table], pa.Table],
        stored_files_of: Callable[[list[int], str, Portion], StoredFiles],
    ) -> None:
        """Book and reverse what differs from the bookings on file, for one portion.

        `bookings_of` answers document uids with their bookings; `stored_files_of` answers batch numbers and a
        dataset of STORED with the local evidence files of this portion. Raises PriorUnreadableError naming the documents whose
        stored entries stand in files that are lost or altered, EvidenceError when files are whole and lack entries, UnbalancedEntryError when an event came to no entries or to entries out of balance.
        """
        if portion not in self._portions:
            return
        work = self._workspace
        work.set("portion", portion[0])
        work.run("clear_bookings")
        uids = work.table("booked_uids")
        if uids.num_rows:
            work.append("booking_row", bookings_of(uids))
        work.view("stashed_line", [str(self._stash(portion))], pa.schema([]))
        work.run("wanted_events")
        work.run("foreign_events")
        work.run("schedule_rows")
        self._compare()
        batches = [int(value) for value in work.table("reversed_batches")["reverses_batch_no"].to_pylist()]
        faults: list[StoredFault] = []
        for name, schema in STORED.items():
            stored = stored_files_of(batches, name, portion) if batches else StoredFiles([])
            work.view(f"stored_{name}", stored.paths, schema)
            faults += stored.faults
        if faults:
            self._require_readable(faults)
        work.run("stored_entries")
        self._require_stored(work.table("missing_stored"))
        for step in (*_STEPS_OF_BOOKING, *(("moved_events",) if self._is_probing else ())):
            work.run(step)
        self._require_booked()
        for step in ("line_sums", "balance_sums"):
            work.run(step)
        self._stash(portion).unlink()
        for bucket in portion:
            work.set("bucket", bucket)
            work.write_parquet("evidence_entries", self._entries(bucket))
            work.write_parquet("evidence_schedules", self._schedules(bucket))

    def try_portion(self, portion: Portion) -> list[tuple[str, int, Path]]:
        """What the documents of one portion come to, as if none were on file: (dataset, bucket, file) of amounts, decided, schedules.

        Raises UnbalancedEntryError as `book_portion` does.
        """
        if portion not in self._portions:
            return []
        work, written = self._workspace, []
        work.set("portion", portion[0])
        work.run("clear_bookings")
        work.view("stashed_line", [str(self._stash(portion))], pa.schema([]))
        for step in ("wanted_events", "foreign_events", "schedule_rows", "event_deltas"):
            work.run(step)
        for name, schema in STORED.items():
            work.view(f"stored_{name}", [], schema)
        for step in ("stored_entries", *_STEPS_OF_TRIAL):
            work.run(step)
        self._require_booked()
        self._stash(portion).unlink()
        for bucket in portion:
            work.set("bucket", bucket)
            for name, query in (
                ("amounts", "trial/amounts"),
                ("decided", "trial/decided"),
                ("schedules", "evidence_schedules"),
            ):
                path = self._folder / f"{name}-{bucket}.parquet"
                work.write_parquet(query, path, PUT_ASIDE)
                written.append((name, bucket, path))
        return written

    def summarise(self) -> None:
        """Sum the entries into journal entries with ids and references, split where an ERP's line limit demands it.

        From here on each booking knows its journal entry.
        """
        work = self._workspace
        work.run("summary_lines")
        for number in count(1):
            if not work.table("long_groups").num_rows:
                break
            work.set("sum_round", number)
            work.run("group_split")
            for portion in self._portions:
                work.set("portion", portion[0])
                work.view("kept_entry", [str(self._entries(bucket)) for bucket in portion], ENTRY_SCHEMA)
                work.run("kept_entries")
                work.run("line_sums")
            work.run("summary_lines")
        work.create("entry_id", identify(self._settings.source_code, work.table("entry_groups")))
        work.run("numbered_bookings")

    def conclude(self) -> None:
        """Number the lines of the journal entries, and say what became of each document."""
        for step in ("journal_lines", "journal_entries", "outcomes", "exceptions"):
            self._workspace.run(step)

    def streams(self, batch_no: int, source_id: int, seen_rank: int) -> Callable[[str], pa.RecordBatchReader]:
        """For one other thread: gives a result that may be as long as the batch, by the name of its SQL file.

        `register_first` and `version_rows` are there once the documents are decided upon, `booking_rows` once the entries are
        summarised. The numbers are those under which the finance database keeps them. Each reader must be read to its end
        before the next is asked for.
        """
        aside = self._workspace.aside()
        places = {"batch_no": batch_no, "source_id": source_id, "seen_rank": seen_rank, "hash_version": HASH_VERSION}
        for name, value in places.items():
            aside.set(name, value)
        return aside.stream

    def result(self, name: str) -> pa.Table:
        """A small result by the name of its SQL file: equation, journal_entry_rows, journal_line_rows, ..."""
        return self._workspace.table(name)

    def stream(self, name: str) -> pa.RecordBatchReader:
        """A result that may be long, streamed; read it to its end before asking for another."""
        return self._workspace.stream(name)

    def write_evidence(self) -> list[tuple[str, int, Path]]:
        """Write decisions and bookings to Parquet beside entries and schedules, and open items: (dataset, bucket, file), where it has rows."""
        written = []
        for bucket in (bucket for portion in self._portions for bucket in portion):
            self._workspace.set("bucket", bucket)
            files = {"subledger_entries": self._entries(bucket), "schedules": self._schedules(bucket)}
            for dataset in ("decisions", "bookings", "open_items"):
                files[dataset] = self._folder / f"{dataset}-{bucket}.parquet"
                self._workspace.write_parquet(f"evidence_{dataset}", files[dataset])
            written += [(name, bucket, path) for name, path in files.items() if pq.read_metadata(path).num_rows]
        return written

    def _compare(self) -> None:
        """What differs between what is wanted and what is on file; where a person has something booked anew or undone, of some events alone."""
        if self._is_probing:
            self._workspace.run("reopened_events")
        self._workspace.run("event_deltas")
        if self._is_probing or self._is_reopening:
            self._workspace.run("reopened_deltas")
        if self._is_withdrawing:
            self._workspace.run("withdrawn_deltas")
        self._workspace.run("kept_bookings")

    def _stash(self, portion: Portion) -> Path:
        return self._folder / f"event_lines-{portion[0]}.parquet"

    def _entries(self, bucket: int) -> Path:
        return self._folder / f"subledger_entries-{bucket}.parquet"

    def _schedules(self, bucket: int) -> Path:
        return self._folder / f"schedules-{bucket}.parquet"

    def _require_readable(self, faults: list[StoredFault]) -> None:
        columns = {name: [getattr(each, name) for each in faults] for name in _UNREADABLE.names}
        self._workspace.append("unreadable_file", pa.table(columns, _UNREADABLE))
        documents = self._workspace.table("unreadable_documents")
        if documents.num_rows:
            raise PriorUnreadableError(self._settings.source_code, documents)

    def _require_stored(self, missing: pa.Table) -> None:
        if missing.num_rows:
            first = missing.to_pylist()[0]
            raise EvidenceError(
                f"Source {self._settings.source_code}: the stored entries of {missing.num_rows} or more bookings are not in "
                f"evidence, first {first['event']} of document {first['document_uid']}, batch {first['reverses_batch_no']}. "
                "Restore that batch's evidence files from a backup; the batch table names them. Nothing was booked."
            )

    def _require_booked(self) -> None:
        for row in self._workspace.table("beyond_rounding").to_pylist():
            raise UnbalancedEntryError(
                f"Source {self._settings.source_code}: {row['event']} of document {row['document_uid']} leaves {row['functional_minor']} minor "
                f"units in functional currency between its {row['entry_count']} entries, more than half of one for each: that is no rounding. "
                "Check that its posting rule takes both sides at the rate of one day, or report it as a fault of the engine, with "
                "the attempt. Nothing was booked."
            )
        [counted] = self._workspace.table("booked_whole").to_pylist()
        if counted["event_count"] == counted["booked_count"] and not counted["unbalanced_count"]:
            return
        unbooked = self._workspace.table("unbooked_deltas").to_pylist()
        if not unbooked:
            raise UnbalancedEntryError(
                f"Source {self._settings.source_code}: {counted['event_count']} events came to {counted['booked_count']} bookings. "
                "That is a fault of the engine: report it, with the attempt. Nothing was booked."
            )
        first = unbooked[0]
        raise UnbalancedEntryError(
            f"Source {self._settings.source_code}: {first['event']} of document {first['document_uid']} came to no "
            f"entries or is out of balance by {first['net_minor']} minor units, in functional currency by {first['functional_minor']}. Check that the posting rule balances "
            "and that its legal entity, also the one it was booked for before, still has its roles in "
            "chart_of_accounts/. Nothing was booked."
        )
