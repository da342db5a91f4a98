"""The ERP in memory keeps the same contract as the real ones, so what it shows in tests holds for them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.finance.entity import LegalEntity
from tests.contract.erp_contract import ErpContract
from tests.posting.books import US
from tests.posting.fake_erp import FakeErp


class TestFakeErp(ErpContract):
    @pytest.fixture
    def entity(self) -> LegalEntity:
        return US

    @pytest.fixture
    def erp(self, entity: LegalEntity) -> FakeErp:
        return FakeErp(entity)

    @pytest.fixture
    def close_period(self, erp: FakeErp) -> Callable[[str], None]:
        return erp.closed.add
