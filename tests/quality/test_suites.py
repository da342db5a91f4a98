"""The suites themselves: their columns exist, their page says what they say, and they name every row that breaks a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from string import Formatter
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from include.config.load import load_configuration
from include.evidence.manifest import EvidenceFile
from include.ports.canonical import DATASETS, landed_schema
from include.quality.consequence import GX_SEVERITY, Consequence
from include.quality.frames import FRAMES, IDENTITY, Frame, entity_table, portions, read_sql
from include.quality.judge import Judge, pandas_frame
from include.quality.rule import SuiteSettings
from include.quality.suites import SUITES

SHIPPED = load_configuration()
SETTINGS = SuiteSettings.of(SHIPPED)
PAGE = Path(__file__).parents[2] / "docs" / "data_quality.md"


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(SETTINGS, "billing")


@pytest.fixture(scope="module")
def empty_frames() -> dict[str, pa.Table]:
    """Every frame over no rows at all: its columns and types."""
    with duckdb.connect() as connection:
        for dataset in DATASETS:
            connection.register(f"landed_{dataset}", landed_schema(dataset).empty_table())
        connection.register("legal_entity", entity_table(SHIPPED, datetime(2026, 2, 1, tzinfo=UTC)))
        for step in ("rows_at_hand", "line_facts", "tax_facts", "application_facts"):
            connection.execute(read_sql(step))
        return {name: connection.sql(read_sql(name)).to_arrow_table() for name in FRAMES}


def expectations() -> list[tuple[str, Any]]:
    return [(name, each) for name in SUITES for each in SUITES[name](SETTINGS).expectations]


def test_every_dataset_has_a_suite_and_a_frame() -> None:
    assert list(SUITES) == list(FRAMES)
    assert {path.stem for path in Path(read_sql.__globals__["_SQL"]).glob("*.sql")} >= set(FRAMES)


def test_every_expectation_names_columns_of_its_frame_and_carries_reason_severity_and_owner(
    empty_frames: dict[str, pa.Table],
) -> None:
    for name, expectation in expectations():
        meta, columns = expectation.meta, set(empty_frames[name].column_names)
        kwargs = expectation.configuration.kwargs
        assert {value for key, value in kwargs.items() if key in ("column", "column_A", "column_B")} <= columns
        assert {column for _, column, _, _ in Formatter().parse(meta["detail"]) if column} <= columns
        rule = SHIPPED.exception_rules[meta["rule"]]
        assert (meta["category"], meta["severity"], meta["owner"]) == (rule.category, rule.severity.value, rule.owner)
        assert meta["reason"] == expectation.description
        assert expectation.severity.value == GX_SEVERITY[Consequence(meta["consequence"])]


def test_frames_hold_whole_numbers_days_and_text_and_no_floats(empty_frames: dict[str, pa.Table]) -> None:
    for name, frame in empty_frames.items():
        assert set(IDENTITY) <= set(frame.column_names)
        kinds = {field.type for field in frame.schema if field.name not in IDENTITY}
        assert kinds <= {pa.int64(), pa.date32(), pa.string()}, name
        judged = pandas_frame(SUITES[name](SETTINGS), frame)
        assert {str(kind).split("[")[0] for kind in judged.dtypes} <= {"int64", "datetime64", "str"}, name
        assert not set(judged.columns) & {"document_uid", "native_id"}


def test_a_frame_that_is_bad_to_the_last_row_gives_every_row(judge: Judge) -> None:
    count = 300_000
    with duckdb.connect(config={"arrow_lossless_conversion": True}) as connection:
        rows = connection.sql(
            f"""
            select uuid() as document_uid, 'payment' as document_type, 'PAY-' || i as native_id, (i % 8)::tinyint as bucket,
                0::bigint as missing_totals, -1 - i as total_minor, 0::bigint as covered_minor, 5::bigint as applied_minor
            from range({count}) as r (i)
            """
        ).to_arrow_table()
    judged = judge.judge(Frame("payments", rows, 0.0))
    assert (judged.failed_count, judged.failing_document_count) == (2, count)
    found = judged.findings
    assert found.num_rows == 2 * count
    assert found.schema.field("detail").type == pa.string()
    with duckdb.connect() as connection:
        counted = connection.sql(
            "select rule, count(distinct document_uid), min(detail), max(native_id) from found group by rule order by rule"
        ).fetchall()
    assert counted == [
        ("applications_exceed_document", count, "5 minor units applied of -1", "PAY-99999"),
        ("negative_amount", count, "payment of -1 minor units", "PAY-99999"),
    ]


def test_buckets_are_judged_together_up_to_the_limit() -> None:
    def files(**rows: list[int]) -> list[EvidenceFile]:
        return [
            EvidenceFile(f"{name}/{bucket}", name, bucket, 1, count, "")
            for name, counts in rows.items()
            for bucket, count in enumerate(counts)
        ]

    assert portions([]) == []
    assert portions(files(documents=[3, 0, 3, 3, 9]), limit=6) == [[0, 2], [3], [4]]
    assert portions(files(documents=[1, 1, 1], lines=[4, 4, 1]), limit=6) == [[0], [1, 2]]
    # Findings, decisions and control totals lie in the same evidence and are no landed rows.
    assert portions(files(findings=[9, 9], lines=[0, 2]), limit=6) == [[1]]


def test_the_page_lists_every_rule_as_the_code_has_it() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    page = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    code = [
        [
            f"`{name}`",
            f"`{each.meta['rule']}`",
            each.meta["detail"],
            each.meta["reason"],
            each.meta["consequence"],
            each.meta["severity"],
            each.meta["owner"],
        ]
        for name, each in expectations()
    ]
    assert page == code
