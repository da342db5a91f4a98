"""What is billed after it was delivered, read off the invoices in plain Python: which day its revenue belongs to, and what stands when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from include.config.configuration import Configuration
from include.finance.entity_settings import Arrears
from tests.accounting.billing import Billing, Document, Row
from tests.accounting.credits import net_of

Standing = Counter[tuple[int, str, str]]  # minor units by month, currency and account


def in_arrears(configuration: Configuration, policy: Arrears = Arrears.SERVICE_PERIOD) -> Configuration:
    """The configuration with this policy for all legal entities."""
    settings = {code: replace(each, arrears=policy) for code, each in configuration.entity_settings.items()}
    return replace(configuration, entity_settings=settings)


def delivered_before(invoice: Row, line: Row) -> date | None:
    """The last day of service of an invoice line, where it lies in an earlier month than the invoice; nothing of what is deferred."""
    end = line.get("service_end")
    if line["revenue_treatment"] == "ratable" or end is None or end >= invoice["document_date"].replace(day=1):
        return None
    assert isinstance(end, date)
    return end


def standing(billing: Billing) -> Standing:
    """What must stand on each account, month by month, if every period is open."""
    sums: Standing = Counter()
    for document in billing.documents.values():
        for on, account, minor in _movements(document):
            sums[on.month, document.row["currency"], account] += minor
    return Counter({key: minor for key, minor in sums.items() if minor})


def events(billing: Billing) -> set[tuple[str, int, str]]:
    """Document, event code, and the last day of service of what is delivered."""
    told = set()
    for document in billing.documents.values():
        row, name = document.row, document.row["native_id"]
        lines = [each for each in document.lines if net_of(each) or each["tax_minor"]]
        if row["status"] == "draft" or not lines:
            continue
        told.add((name, 1, ""))
        if row["status"] == "void":
            told.add((name, 2, ""))
        told |= {(name, 73, str(on)) for each in lines if net_of(each) and (on := delivered_before(row, each))}
    return told


def _movements(document: Document) -> Iterator[tuple[date, str, int]]:
    row = document.row
    if row["status"] == "draft":
        return
    issued, voided = row["document_date"], row.get("voided_date")
    for each in document.lines:
        net, tax, earned = net_of(each), each["tax_minor"], _revenue(each)
        owed, on = "2050" if row["total_minor"] < 0 else "1100", delivered_before(row, each)
        yield issued, owed, net + tax
        yield issued, "2000", -tax
        yield on or issued, earned, -net
        if on:
            yield on, "1250", net
            yield issued, "1250", -net
        if voided:  # nothing is left, and nothing was unbilled by then
            yield voided, owed, -net - tax
            yield voided, "2000", tax
            yield voided, earned, net


def _revenue(line: Row) -> str:
    return {"ratable": "2100", "immediate": "4020", "usage": "4010"}[line["revenue_treatment"]]
