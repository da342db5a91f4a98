"""What a load refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from include.config.load import load_configuration
from include.finance.errors import ConfigurationError

INVOICES = "posting_rules/10_invoices.yaml"
Edit = Callable[[str, str, str], None]


def refusal(folder: Path) -> list[str]:
    """The lines of the refusal, without the folder in front."""
    with pytest.raises(ConfigurationError) as refused:
        load_configuration(folder)
    return [line.removeprefix(f"{folder}/") for line in str(refused.value).splitlines()]
