"""Closing and opening Tryton's periods, by a login of the group Accounting Administration that posts nothing.

Facts: contract sheet, run against 8.0.12. `account.period.close` refuses a period with drafts in it; reopening a period leaves its
journal-periods closed, and Tryton then takes no entry all the same; `lock_` is for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from include.adapters.erp.tryton_book import company_id_of
from include.adapters.erp.tryton_rpc import TrytonLogin, TrytonRpc
from include.adapters.http import HttpClient, redact
from include.finance.entity import LegalEntity
from include.finance.errors import ConfigurationError, EntryRefusedError, PeriodClosedError

_BUSY_SECONDS = 5


class TrytonPeriods:
    """Tryton behind the port `ErpPeriodAdmin`. `companies`: Tryton's company name or party code by our entity code."""

    def __init__(
        self,
        url: str,
        database: str,
        login: str,
        password: str,
        *,
        companies: Mapping[str, str],
        http: HttpClient | None = None,
    ) -> None:
        client = http or HttpClient(f"Tryton at {redact(url)}, database {database},")
        self._rpc = TrytonRpc(TrytonLogin(url, database, login, password), client)
        self._companies = companies

    def close_period(self, entity: LegalEntity, name: str) -> None:
        """Close a standard period; closed or locked already, nothing happens. Raises EntryRefusedError where drafts are in it."""
        period = self._period(entity, name)
        if period["state"] == "open":
            self._move(entity, name, "model.account.period.close", period, ("closed", "locked"))

    def reopen_period(self, entity: LegalEntity, name: str) -> None:
        """Open a closed period and its journal-periods. Raises EntryRefusedError where it is locked for good."""
        period = self._period(entity, name)
        if period["state"] == "locked":
            raise EntryRefusedError(
                f"Period {name} of legal entity {entity.code} is locked in Tryton for good: nobody can open it again. What is late goes into "
                "the next open period."
            )
        if period["state"] == "closed":
            self._move(entity, name, "model.account.period.reopen", period, ("open",))
        context = {"company": period["company"], "language": "en"}
        domain = [["period", "=", period["id"]], ["state", "=", "closed"]]
        journals = self._rpc.read("model.account.journal.period.search_read", domain, 0, None, None, ["id"], context)
        if journals:
            self._write(entity, name, "model.account.journal.period.reopen", [row["id"] for row in journals])

    def lock_period(self, entity: LegalEntity, name: str) -> None:
        """Close a period if it is open, and lock it for good."""
        self.close_period(entity, name)
        period = self._period(entity, name)
        if period["state"] != "locked":
            self._move(entity, name, "model.account.period.lock_", period, ("locked",))

    def _period(self, entity: LegalEntity, name: str) -> Mapping[str, Any]:
        company = self._companies.get(entity.code)
        if company is None:
            raise ConfigurationError(
                f"Legal entity {entity.code} has no company in ERP {entity.erp_code}: add it to its `companies`."
            )
        company_id = company_id_of(self._rpc, entity, company)
        domain = [["company", "=", company_id], ["name", "=", name], ["type", "=", "standard"]]
        context = {"company": company_id, "language": "en"}
        rows = self._rpc.read("model.account.period.search_read", domain, 0, 2, None, ["state"], context)
        if len(rows) != 1:
            raise PeriodClosedError(
                f"Tryton has {len(rows)} periods {name} of legal entity {entity.code}: correct its fiscal years there."
            )
        return {**rows[0], "company": company_id}

    def _move(
        self, entity: LegalEntity, name: str, method: str, period: Mapping[str, Any], wanted: Collection[str]
    ) -> None:
        """Change the state of a period. What another process did at the same moment is refused, and done all the same."""
        try:
            self._write(entity, name, method, [period["id"]])
        except EntryRefusedError:
            if self._period(entity, name)["state"] not in wanted:
                raise

    def _write(self, entity: LegalEntity, name: str, method: str, ids: list[int]) -> None:
        subject = f"Period {name} of legal entity {entity.code}"
        context = {"company": self._period(entity, name)["company"], "language": "en"}
        self._rpc.write(subject, method, ids, context, busy_retry_seconds=_BUSY_SECONDS)
