"""The sample company in the demo ERP: companies, accounts, fiscal years, journals and users, over JSON-RPC."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from include.sample.tryton_rpc import TrytonSession

CHART_FILE = Path(__file__).with_name("erp_chart.yaml")


def read_chart() -> Mapping[str, Any]:
    """Return the content of `erp_chart.yaml`."""
    chart: Mapping[str, Any] = yaml.safe_load(CHART_FILE.read_text(encoding="utf-8"))
    return chart


def set_up_company(admin: TrytonSession, chart: Mapping[str, Any], password: Callable[[str], str]) -> None:
    """Fill an empty ERP database as the chart says. `admin` is the administrator's session."""
    companies = _create_companies(admin, chart)
    _see_all_companies(admin, admin.user_id, list(companies.values()))
    for entity, company in companies.items():
        _create_accounts(admin, chart, entity, company)
    _create_fiscal_years(admin, chart, companies)
    _create_journals(admin, chart)
    for login, groups in chart["users"].items():
        _create_user(admin, login, groups, password(login), list(companies.values()))


def _create_companies(admin: TrytonSession, chart: Mapping[str, Any]) -> dict[str, int]:
    currencies = admin.create(
        "currency.currency",
        [
            {
                "name": currency["name"],
                "symbol": currency["code"],
                "code": currency["code"],
                "numeric_code": currency["number"],
                "digits": currency["digits"],
                "rounding": Decimal(1).scaleb(-currency["digits"]),
            }
            for currency in chart["currencies"]
        ],
    )
    currency_id = dict(zip((currency["code"] for currency in chart["currencies"]), currencies, strict=True))
    entities = chart["entities"]
    parties = admin.create("party.party", [{"name": entity["name"], "code": entity["code"]} for entity in entities])
    companies = admin.create(
        "company.company",
        [
            {"party": party, "currency": currency_id[entity["currency"]]}
            for entity, party in zip(entities, parties, strict=True)
        ],
    )
    # Who names no other party on a line of a control account means "all customers of the billing system".
    admin.create("party.party", [{"name": account["party"]} for account in chart["control_accounts"]])
    return dict(zip((entity["code"] for entity in entities), companies, strict=True))


def _see_all_companies(admin: TrytonSession, user: int, companies: list[int]) -> None:
    admin.call("res.user.write", [user], _companies_of_user(companies))


def _companies_of_user(companies: list[int]) -> dict[str, Any]:
    # Without the filter "all" a user sees one company only: empty results, and no error.
    return {"companies": [["add", companies]], "company": companies[0], "company_filter": "all"}


def _create_accounts(admin: TrytonSession, chart: Mapping[str, Any], entity: str, company: int) -> None:
    types = dict(
        zip(
            chart["types"],
            admin.create(
                "account.account.type",
                [{**values, "company": company} for values in chart["types"].values()],
                company=company,
            ),
            strict=True,
        )
    )
    controls = {account["code"]: account for account in chart["control_accounts"] if account["entity"] == entity}
    admin.create(
        "account.account",
        [
            {
                "company": company,
                "code": account["code"],
                "name": account["name"],
                "type": types[controls.get(account["code"], account)["type"]],
                "party_required": account["code"] in controls,
            }
            for account in chart["accounts"]
        ],
        company=company,
    )


def _create_fiscal_years(admin: TrytonSession, chart: Mapping[str, Any], companies: Mapping[str, int]) -> None:
    (sequence_type,) = admin.search("ir.sequence.type", [["name", "=", "Account Move"]])
    keys = [(entity, company, year) for entity, company in companies.items() for year in chart["fiscal_years"]]
    sequences = admin.create(
        "ir.sequence.strict",
        [
            {
                "name": f"{entity} journal entries {year}",
                "sequence_type": sequence_type["id"],
                "company": company,
                "prefix": f"{entity}-{year}-",
                "padding": 6,
            }
            for entity, company, year in keys
        ],
    )
    years = admin.create(
        "account.fiscalyear",
        [
            {
                "name": str(year),
                "company": company,
                "start_date": date(year, 1, 1),
                "end_date": date(year, 12, 31),
                "move_sequence": sequence,
            }
            for (_, company, year), sequence in zip(keys, sequences, strict=True)
        ],
    )
    admin.call("account.fiscalyear.create_period", years, 1, 31)
    closed = [f"{year}-{month:02}" for year in chart["closed_years"] for month in range(1, 13)]
    periods = admin.search("account.period", [["name", "in", closed]])
    admin.call("account.period.close", [period["id"] for period in periods])


def _create_journals(admin: TrytonSession, chart: Mapping[str, Any]) -> None:
    journals = admin.create(
        "account.journal", [{"name": code.title(), "code": code, "type": "general"} for code in chart["journals"]]
    )
    # Tryton makes these on the first entry of a journal in a period, and locks the table for all companies meanwhile:
    # entities that post at the same moment would refuse each other.
    periods = admin.search("account.period", [["state", "=", "open"]])
    pairs = [{"journal": journal, "period": period["id"]} for period in periods for journal in journals]
    admin.create("account.journal.period", pairs)


def _create_user(admin: TrytonSession, login: str, groups: list[str], password: str, companies: list[int]) -> None:
    found = admin.search("res.group", [["name", "in", groups]])
    if len(found) != len(groups):
        raise LookupError(f"Tryton has no such groups for user {login}: {groups}; check erp_chart.yaml.")
    user = {"name": login, "login": login, "password": password, "groups": [["add", [group["id"] for group in found]]]}
    admin.create("res.user", [user | _companies_of_user(companies)])
