"""The close shares the companies of accounting."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.store.database import FinanceDatabase
from tests.accounting.company import Company
from tests.accounting.conftest import module_books, one_bucket, own_company, put_in_one_bucket  # noqa: F401  (fixtures)
from tests.close.world import live


@pytest.fixture(scope="module")
def lived(module_books: FinanceDatabase, tmp_path_factory: pytest.TempPathFactory) -> Company:  # noqa: F811
    """Two months of a company, read by several tests and changed by none."""
    company = Company(module_books, Path(tmp_path_factory.mktemp("lived")))
    with pytest.MonkeyPatch.context() as patch:
        put_in_one_bucket(patch)
        live(company)
    return company
