"""The sample company's books after both nights, for everything that only reads them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from include.pipelines.explain import ExplainDesk
from include.sample.postgres import EmbeddedPostgres
from tests.accounting.company import SHIPPED
from tests.accounting.sample_books import SampleBooks, open_sample_books


@pytest.fixture(scope="module")
def books(quiet: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleBooks]:
    with open_sample_books(quiet, tmp_path_factory.mktemp("sample")) as opened:
        opened.first_night()
        opened.second_night()
        yield opened


@pytest.fixture(scope="module")
def desk(books: SampleBooks) -> ExplainDesk:
    """As an auditor has it: with a login that may only read."""
    return ExplainDesk(books.auditor, books.desk.evidence, SHIPPED)
