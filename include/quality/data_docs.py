"""Great Expectations' Data Docs: a static site of what each suite expects and what it found."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import great_expectations as gx

from include.quality.frames import Frame
from include.quality.judge import pandas_frame, quiet_context
from include.quality.rule import SuiteSettings
from include.quality.suites import SUITES

# A page names the first failing documents of each rule; all of them stand in the exceptions.
_SHOWN = {
    "result_format": "COMPLETE",
    "partial_unexpected_count": 20,
    "unexpected_index_column_names": ["native_id"],
    "return_unexpected_index_query": False,
}


class DataDocs:
    """The site in `folder`, made anew: what was there before is removed."""

    def __init__(self, settings: SuiteSettings, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._folder = folder
        self._context = quiet_context()
        self._context.add_data_docs_site(
            site_name="tieout",
            site_config={
                "class_name": "SiteBuilder",
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)},
            },
        )
        frames = self._context.data_sources.add_pandas("landed")
        self._definitions = {}
        for name, make in SUITES.items():
            suite = self._context.suites.add(make(settings))
            whole = frames.add_dataframe_asset(name).add_batch_definition_whole_dataframe("whole")
            self._definitions[name] = self._context.validation_definitions.add(
                gx.ValidationDefinition(name=name, data=whole, suite=suite)
            )

    def add(self, frames: Iterable[Frame], run_name: str, run_time: datetime) -> None:
        """Judge frames for the site; `run_name` says of what they are."""
        for frame in frames:
            definition = self._definitions[frame.name]
            judged = pandas_frame(definition.suite, frame.rows)
            judged["native_id"] = frame.rows["native_id"].to_pandas()
            definition.run(
                batch_parameters={"dataframe": judged},
                result_format=_SHOWN,
                run_id=gx.RunIdentifier(run_name=run_name, run_time=run_time),
            )

    def build(self) -> Path:
        """Write the site; the page to begin with."""
        self._context.build_data_docs()
        return self._folder / "index.html"
