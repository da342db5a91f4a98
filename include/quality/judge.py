"""Great Expectations on one frame at a time: quickly whether a rule holds, and only where it does not, which rows break it.

Importing Great Expectations takes seconds: import this module inside the task that needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

import great_expectations as gx
import pandas as pd
import pyarrow as pa
from great_expectations.core.expectation_validation_result import ExpectationValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)

# What `ValidationDefinition.run` works with inside. Used as such, a frame is taken in once for both passes.
from great_expectations.validator.v1_validator import Validator

from include.finance.errors import ExpectationBrokenError
from include.quality.findings import findings_of
from include.quality.frames import Frame
from include.quality.rule import SuiteSettings
from include.quality.suites import SUITES

_QUICK: Literal["BOOLEAN_ONLY"] = "BOOLEAN_ONLY"
# Row numbers of all broken rows, and nothing else: lists of values and queries would loop over the rows in Python.
_COMPLETE = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
    "partial_unexpected_count": 0,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one frame: its findings, and how many of its expectations were not met."""

    suite: str
    document_count: int
    expectation_count: int
    failed_count: int
    findings: pa.Table
    frame_seconds: float
    judge_seconds: float

    @property
    def failing_document_count(self) -> int:
        """How many documents have a finding."""
        return len(self.findings["document_uid"].cast(pa.binary(16)).unique())


def quiet_context() -> Any:
    """A Great Expectations of its own in memory, without progress bars."""
    # Without a site for documents, which would be a temporary folder of its own.
    config = DataContextConfig(store_backend_defaults=InMemoryStoreBackendDefaults())
    context = gx.get_context(mode="ephemeral", project_config=config)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


class Judge:
    """All suites of a configuration, made once; `source_code` is only named in messages."""

    def __init__(self, settings: SuiteSettings, source_code: str) -> None:
        self._source_code = source_code
        self._suites = {name: make(settings) for name, make in SUITES.items()}
        asset = quiet_context().data_sources.add_pandas("frames").add_dataframe_asset("frame")
        self._batch = asset.add_batch_definition_whole_dataframe("whole")

    def judge(self, frame: Frame) -> Judged:
        """Judge one frame. Raises ExpectationBrokenError when an expectation could not be evaluated."""
        begun = monotonic()
        suite = self._suites[frame.name]
        validator = Validator(self._batch, _QUICK, {"dataframe": pandas_frame(suite, frame.rows)})
        failed = [
            number
            for number, result in self._results(frame.name, validator.validate_expectation_suite(suite).results)
            if not result.success
        ]
        findings = list(self._broken_rows(frame, validator, suite, failed))
        return Judged(
            suite=frame.name,
            document_count=frame.rows.num_rows,
            expectation_count=len(suite.expectations),
            failed_count=len(failed),
            findings=pa.concat_tables(findings) if findings else findings_of(frame.name, "", "", "", frame.rows[:0]),
            frame_seconds=frame.seconds,
            judge_seconds=monotonic() - begun,
        )

    def _broken_rows(
        self, frame: Frame, validator: Validator, suite: gx.ExpectationSuite, failed: list[int]
    ) -> Iterator[pa.Table]:
        if not failed:
            return
        again = gx.ExpectationSuite(
            name=suite.name, expectations=[each for each in suite.expectations if (each.meta or {})["number"] in failed]
        )
        validator.result_format = _COMPLETE
        for _, result in self._results(frame.name, validator.validate_expectation_suite(again).results):
            meta, positions = _meta(result), result.result.get("unexpected_index_list")
            if not positions:
                raise self._error(frame.name, result, "it fails and names no row")
            broken = frame.rows.take(pa.array(positions, pa.int64()))
            yield findings_of(frame.name, meta["rule"], meta["consequence"], meta["detail"], broken)

    def _results(
        self, suite: str, results: Iterable[ExpectationValidationResult]
    ) -> Iterator[tuple[int, ExpectationValidationResult]]:
        for result in results:
            if error := _exception(result.exception_info):
                # Success is False then as well, and says nothing about the documents.
                raise self._error(suite, result, error)
            yield int(_meta(result)["number"]), result

    def _error(self, suite: str, result: ExpectationValidationResult, fact: str) -> ExpectationBrokenError:
        kind = result.expectation_config.type if result.expectation_config else "an expectation"
        return ExpectationBrokenError(
            f"Source {self._source_code}: rule {_meta(result)['rule']} of the suite {suite} ({kind}) could not be "
            f"evaluated: {fact}. That is a fault of the suite or of its frame (include/quality/sql/{suite}.sql), not of "
            "the documents: correct it, then run the night again. Nothing was quarantined and nothing accounted."
        )


def pandas_frame(suite: gx.ExpectationSuite, rows: pa.Table) -> pd.DataFrame:
    """The columns that a suite looks at: whole numbers and dates as numpy holds them, text as Arrow does.

    With Arrow types throughout, the same expectations take three times as long.
    """
    named = {
        value
        for expectation in suite.expectations
        for key, value in expectation.configuration.kwargs.items()
        if key in ("column", "column_A", "column_B")
    }
    return rows.select([name for name in rows.column_names if name in named]).to_pandas(date_as_object=False)


def _meta(result: ExpectationValidationResult) -> Mapping[str, Any]:
    assert result.expectation_config is not None
    return result.expectation_config.meta or {}


def _exception(info: Mapping[str, Any] | None) -> str | None:
    """What an expectation stumbled over: it is told for the expectation, or for each metric of it."""
    for each in (info or {}, *(value for value in (info or {}).values() if isinstance(value, Mapping))):
        if each.get("raised_exception"):
            return str(each.get("exception_message") or "unknown error").strip().splitlines()[0]
    return None
