"""Exchange rates: what is put on file, and what is refused."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from include.finance.errors import RatesRefusedError
from include.pipelines.fx_load import load_rates_of_file, load_rates_of_table
from include.sample.postgres import EmbeddedPostgres
from include.store.database import FinanceDatabase
from include.store.fx_rates import RatesAdded
from tests.accounting.rates import publish

HEAD = "source,base,quote,date,rate,purpose\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rates.csv"


def on_file(finance: FinanceDatabase) -> list[str]:
    with finance.transaction() as connection:
        rows = connection.execute("select * from fx_rate order by rate_date, purpose, version").fetchall()
    return [f"{row['rate_date']} {row['purpose']} {row['rate']} v{row['version']}" for row in rows]


def refusal(finance: FinanceDatabase, file: Path) -> list[str]:
    with pytest.raises(RatesRefusedError) as refused:
        load_rates_of_file(finance, file, loaded_by="treasurer")
    return str(refused.value).splitlines()


def test_a_file_loaded_twice_is_on_file_once(finance: FinanceDatabase, file: Path) -> None:
    file.write_text(
        HEAD + "treasury,EUR,USD,2026-01-20,1.1,transaction\ntreasury,EUR,USD,2026-01-20,1.0900000001,closing\n"
    )
    assert load_rates_of_file(finance, file, loaded_by="treasurer") == RatesAdded(2, 0, 0)
    assert load_rates_of_file(finance, file, loaded_by="treasurer") == RatesAdded(0, 0, 2)
    assert on_file(finance) == ["2026-01-20 closing 1.0900000001 v1", "2026-01-20 transaction 1.1000000000 v1"]


def test_a_corrected_rate_is_a_new_version_beside_the_old_one(finance: FinanceDatabase, file: Path) -> None:
    publish(finance, "01-20 EUR/USD 1.1")
    file.write_text(HEAD + "treasury,EUR,USD,2026-01-20,1.11,transaction\n")
    assert load_rates_of_file(finance, file, loaded_by="treasurer") == RatesAdded(0, 1, 0)
    assert on_file(finance) == ["2026-01-20 transaction 1.1000000000 v1", "2026-01-20 transaction 1.1100000000 v2"]


def test_the_application_can_neither_change_nor_delete_a_rate(finance: FinanceDatabase) -> None:
    publish(finance, "01-20 EUR/USD 1.1")
    for statement in (b"update fx_rate set rate = 2", b"delete from fx_rate"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), finance.transaction() as connection:
            connection.execute(statement)


def test_every_bad_line_is_named_and_nothing_is_loaded(finance: FinanceDatabase, file: Path) -> None:
    bad = (
        "treasury,EUR,USD,2026-01-20,0,transaction",
        "treasury,EUR,USD,2026-01-21,-1.1,transaction",
        "treasury,EUR,USX,2026-01-22,1.1,transaction",
        "treasury,EUR,USD,22.01.2026,1.1,transaction",
        "treasury,EUR,USD,2026-01-23,1;1,transaction",
        "treasury,EUR,USD,2026-01-24,1.12345678901,transaction",
        "treasury,EUR,USD,2026-01-25,1.1,spot",
        "treasury,EUR,USD,2026-01-26,,transaction",
        "treasury,EUR,EUR,2026-01-27,1,transaction",
        "treasury,EUR,USD,2026-01-28,NaN,transaction",
        "treasury,EUR,USD,2026-01-29,1.1,transaction",
        "treasury,EUR,USD,2026-01-29,1.2,transaction",
        "treasury,EUR,USD,2026-01-30,10865000,transaction",
    )
    file.write_text(HEAD + "\n".join(bad))
    assert refusal(finance, file) == [
        "rates.csv, line 2: a rate of 0 is no rate; it must be greater than zero.",
        "rates.csv, line 3: a rate of -1.1 is no rate; it must be greater than zero.",
        "rates.csv, line 4: quote `USX` is no currency of ISO 4217; write a code like EUR.",
        "rates.csv, line 5: date `22.01.2026` is no day; write it as 2026-01-31.",
        "rates.csv, line 6: rate `1;1` is no number; write it as 1.0865.",
        "rates.csv, line 7: the rate 1.12345678901 has more than 10 decimals; quote the other way round.",
        "rates.csv, line 8: purpose `spot` is unknown; write one of transaction, closing, average, tax.",
        "rates.csv, line 9: rate is empty; fill in every column.",
        "rates.csv, line 10: EUR is quoted in itself.",
        "rates.csv, line 11: a rate of NaN is no rate; it must be greater than zero.",
        "rates.csv, line 13: treasury has EUR/USD of 2026-01-29 (transaction) twice, 1.1 in 12 and 1.2 here; keep one.",
        "rates.csv, line 14: a rate of 10865000 is below 0.0000001 or not below 10000000; check the decimal point.",
        "Nothing was loaded.",
    ]
    assert on_file(finance) == []


def test_a_file_without_its_columns_or_in_another_encoding_is_refused(finance: FinanceDatabase, file: Path) -> None:
    file.write_text("source,base,quote,date\n")
    assert refusal(finance, file) == [
        "rates.csv, line 1: no column rate, purpose; the first line must name source, base, quote, date, rate, purpose."
    ]
    file.write_bytes("source,base,quote,date,rate,purpose\nBörse".encode("latin-1"))
    assert "cannot be read as CSV in UTF-8" in refusal(finance, file)[0]


def test_a_table_is_loaded_like_a_file(finance: FinanceDatabase, postgres: EmbeddedPostgres) -> None:
    with postgres.admin(finance.dsn.rsplit("/", 1)[1].split("?")[0]) as connection:
        connection.execute("create schema treasury")
        connection.execute(
            "create table treasury.rates (source text, base text, quote text, date date, rate numeric, purpose text)"
        )
        connection.execute("grant usage on schema treasury to finance_writer")
        connection.execute("grant select on treasury.rates to finance_writer")
        connection.execute(
            "insert into treasury.rates values ('treasury', 'EUR', 'USD', '2026-01-20', 1.1, 'transaction')"
        )
    assert load_rates_of_table(finance, "treasury.rates", loaded_by="treasurer") == RatesAdded(1, 0, 0)
    with pytest.raises(RatesRefusedError, match=r"Table treasury.nothing: it cannot be read"):
        load_rates_of_table(finance, "treasury.nothing", loaded_by="treasurer")
