"""The Tryton adapter keeps the ERP contract, against a real Tryton; and what is Tryton's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from include.adapters.erp.tryton import TrytonErp
from include.adapters.http import HttpClient, TimeLimits
from include.finance.entity import LegalEntity
from include.finance.errors import (
    ConfigurationError,
    CredentialsRefusedError,
    EntryRefusedError,
    SystemUnreachableError,
    TieoutError,
)
from include.finance.journal import JournalCategory
from include.sample.tryton import POSTER, TrytonServer
from tests.contract.erp_contract import ErpContract, journal_entry
from tests.posting.books import DE, JP, US
from tests.posting.tryton_company import COMPANIES, tryton_erp


class TestTrytonErp(ErpContract):
    @pytest.fixture
    def entity(self) -> LegalEntity:
        return US

    @pytest.fixture
    def erp(self, tryton: TrytonServer, erp_database: str) -> TrytonErp:
        return tryton_erp(tryton, erp_database)

    @pytest.fixture
    def close_period(self, tryton: TrytonServer, erp_database: str) -> Callable[[str], None]:
        return lambda period: tryton.close_period(erp_database, "US", period)


def test_a_control_account_gets_its_party(tryton: TrytonServer, erp_database: str) -> None:
    erp = tryton_erp(tryton, erp_database)
    account = next(each for each in erp.reference_data(DE).accounts if each.code == "1100")
    assert (account.is_party_required, account.party_name) == (True, "Billing customers EUR")
    entry = journal_entry(DE, ("1100", 11900), ("2100", -10000), ("2000", -1900))
    ledger = erp.read_back(DE, erp.release(DE, erp.create(DE, entry)))
    assert ledger.net_by_account() == {"1100": 11900, "2100": -10000, "2000": -1900}


def test_a_control_account_without_a_party_is_refused_and_can_be_taken_back(
    tryton: TrytonServer, erp_database: str
) -> None:
    password = tryton.password(POSTER)
    erp = TrytonErp(tryton.url, erp_database, POSTER, password, companies=COMPANIES)
    entry = journal_entry(DE, ("1100", 11900), ("2100", -11900))
    with pytest.raises(EntryRefusedError, match=r"[Pp]arty"):
        erp.release(DE, erp.create(DE, entry))


def test_yen_have_no_decimals(tryton: TrytonServer, erp_database: str) -> None:
    erp = tryton_erp(tryton, erp_database)
    entry = journal_entry(JP, ("1100", 1100), ("2100", -1000), ("2000", -100))
    ledger = erp.read_back(JP, erp.release(JP, erp.create(JP, entry)))
    assert ledger.net_by_account() == {"1100": 1100, "2100": -1000, "2000": -100}


def test_an_aged_session_is_opened_again(tryton: TrytonServer, erp_database: str) -> None:
    erp = tryton_erp(tryton, erp_database)
    draft = erp.create(US, journal_entry(US, ("1100", 5), ("2100", -5)))
    erp._rpc._authorization = "Session bm9ib2R5OjE6bm90aGluZw=="
    assert erp.release(US, draft).number


def test_entities_do_not_see_each_other(tryton: TrytonServer, erp_database: str) -> None:
    erp = tryton_erp(tryton, erp_database)
    entry = journal_entry(US, ("1100", 5), ("2100", -5))
    erp.create(US, entry)
    assert list(erp.find(JP, entry.reference)) == []
    assert entry.reference not in erp.references(JP, entry.posting_date)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"password": "wrong"}, CredentialsRefusedError, "tieout_poster or its password is refused"),
        ({"database": "nowhere"}, TieoutError, "nowhere"),
        ({"url": "http://127.0.0.1:9"}, SystemUnreachableError, "does not answer"),
        ({"companies": {"US": "Nobody Ltd"}}, EntryRefusedError, "no companies named Nobody Ltd"),
        ({"companies": {}}, ConfigurationError, "has no company"),
    ],
)
def test_a_wrong_connection_is_named_and_shows_no_password(
    tryton: TrytonServer,
    erp_database: str,
    change: dict[str, object],
    error: type[Exception],
    words: str,
) -> None:
    settings = {
        "url": tryton.url,
        "database": erp_database,
        "login": POSTER,
        "password": tryton.password(POSTER),
        "companies": COMPANIES,
    }
    database = (settings | change)["database"]
    http = HttpClient(f"Tryton, database {database}", TimeLimits(connect_seconds=1, answer_seconds=2))
    erp = TrytonErp(**(settings | change), http=http)  # type: ignore[arg-type]
    with pytest.raises(error, match=words) as caught:
        erp.reference_data(US)
    assert tryton.password(POSTER) not in str(caught.value)


def test_each_category_is_posted_to_the_journal_that_is_configured_for_it(
    tryton: TrytonServer, erp_database: str
) -> None:
    journals = dict.fromkeys(JournalCategory, "INVOICES") | {JournalCategory.REFUNDS: "NOT_THERE"}
    password = tryton.password(POSTER)
    erp = TrytonErp(tryton.url, erp_database, POSTER, password, companies=COMPANIES, journals=journals)
    assert erp.reference_data(US).journal_categories == {str(each) for each in JournalCategory} - {"refunds"}
