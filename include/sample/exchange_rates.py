"""The sample company's exchange rates, put on file."""

from __future__ import annotations

from include.pipelines.fx_load import load_rates_of_file
from include.sample.company import RATES_FILE
from include.store.database import FinanceDatabase


def load_sample_rates(finance: FinanceDatabase) -> None:
    """Put the rates of the sample company on file; safe to repeat."""
    load_rates_of_file(finance, RATES_FILE, loaded_by="sample company")
