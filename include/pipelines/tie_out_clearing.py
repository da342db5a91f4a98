"""Beside hop 5: what was given for another currency and what was taken for it are worth the same, so that nothing is left between two."""

from __future__ import annotations

from include.finance.tie_out import EXCHANGE_CLEARING, Side, TieOutRow, TieOutStatus
from include.pipelines.tie_out_desk import EntityDesk, status_of


def clearing_tied(desk: EntityDesk) -> list[TieOutRow]:
    """One row, if the legal entity ever exchanged anything: all debits of currency exchange clearing against all credits.

    In the books' own currency, in all periods, posted or not. Where an entry was given up and its documents are booked anew by the
    next night, one side may be missing meanwhile: `pending`.
    """
    account = desk.chart.roles["exchange_clearing"]
    [found] = desk.facts.accounted(account)
    debit, credit = found["debit_minor"], found["credit_minor"]
    if not debit and not credit:
        return []
    status, told = status_of(is_equal=debit == credit), ""
    if debit != credit:
        told = (
            "an exchange has one side in the books; its documents are in the evidence of the bookings on this account"
        )
        if found["is_given_up"]:
            status, told = (
                TieOutStatus.PENDING,
                "an entry was given up: its documents are booked anew by the next night",
            )
    sides = Side(None, debit), Side(None, credit)
    return [TieOutRow(5, EXCHANGE_CLEARING, desk.entity.code, desk.currency, "account", account, *sides, status, told)]
