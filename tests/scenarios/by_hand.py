"""What people do in the ERP beside Tieout: a bank reconciliation, an adjusting entry; and one more company to keep books for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from include.config.configuration import Configuration
from include.sample import tryton_setup
from include.sample.tryton import TrytonServer
from include.sample.tryton_rpc import TrytonSession
from tests.scenarios.scenario import ExpectedRow


def enter(tryton: TrytonServer, database: str, rows: Sequence[ExpectedRow], configuration: Configuration) -> None:
    """Enter and post rows as a person would: one entry per legal entity, day and source."""
    if not rows:
        return
    admin = tryton.session(database)
    for (code, day, source), lines in groupby(sorted(rows, key=_entry_of), _entry_of):
        company_name = configuration.erps["tryton"].companies[code]
        [company] = admin.search("company.company", [["party.name", "=", company_name]])
        scope = ["company", "=", company["id"]]
        [period] = admin.search(
            "account.period", [scope, ["start_date", "<=", day], ["end_date", ">=", day], ["type", "=", "standard"]]
        )
        [journal] = admin.search("account.journal", [["code", "=", "ADJUSTING"]])
        accounts = {
            row["code"]: row["id"] for row in admin.search("account.account", [scope], ["code"], company=company["id"])
        }
        exponent = configuration.legal_entities[code].functional_currency.exponent
        move = {
            "company": company["id"],
            "journal": journal["id"],
            "period": period["id"],
            "date": day,
            "description": source.replace("_", " "),
            "lines": [["create", [_line(row, accounts[row.account], exponent) for row in lines]]],
        }
        made = admin.create("account.move", [move], company=company["id"])
        admin.call("account.move.post", made, company=company["id"])


def _entry_of(row: ExpectedRow) -> tuple[str, date, str]:
    return row.legal_entity, row.posting_date, row.source


def _line(row: ExpectedRow, account: int, exponent: int) -> dict[str, object]:
    amount = Decimal(row.functional_minor).scaleb(-exponent)
    return {"account": account, "debit": max(amount, Decimal(0)), "credit": max(-amount, Decimal(0))}


def add_company(admin: TrytonSession, code: str, name: str, currency: str) -> None:
    """Another company in the sample company's ERP, with the accounts and fiscal years of the others."""
    chart = {**tryton_setup.read_chart(), "closed_years": []}
    [found] = admin.search("currency.currency", [["code", "=", currency]])
    parties = admin.create("party.party", [{"name": name, "code": code}])
    [company] = admin.create("company.company", [{"party": parties[0], "currency": found["id"]}])
    for user in admin.search("res.user", [["login", "in", ["admin", *chart["users"]]]]):
        admin.call("res.user.write", [user["id"]], {"companies": [["add", [company]]]})
    tryton_setup._create_accounts(admin, chart, code, company)
    tryton_setup._create_fiscal_years(admin, chart, {code: company})
