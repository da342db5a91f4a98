"""What each shipped rule books, written down by an accountant, who did not look at the rule."""

from __future__ import annotations

import re
from datetime import date

import pytest

from include.config.load import load_configuration
from include.finance.events import ATTRIBUTE_VALUES, EVENTS
from tests.specification.posting_rules import EventLine, book, winning_rule, with_bank

SHIPPED = load_configuration()
AMOUNTS = {"net": 108000, "tax": 9585, "gross": 117585, "amount": 5000}

# Event, what it is like, and the accounts it moves: debit plus, credit minus. One line at least for each rule.
BOOKED = """
invoice.issued         ratable charge positive              1100 gross, 2100 -net, 2000 -tax
invoice.issued         immediate charge positive            1100 gross, 4020 -net, 2000 -tax
invoice.issued         usage charge positive                1100 gross, 4010 -net, 2000 -tax
invoice.issued         usage proration positive             1100 gross, 4010 -net, 2000 -tax
invoice.issued         rounding positive                    1100 gross, 7900 -net, 2000 -tax
invoice.issued         ratable proration negative           2050 gross, 2100 -net, 2000 -tax
invoice.issued         immediate charge negative            2050 gross, 4020 -net, 2000 -tax
invoice.issued         usage charge negative                2050 gross, 4010 -net, 2000 -tax
invoice.issued         rounding negative                    2050 gross, 7900 -net, 2000 -tax
invoice.voided         ratable charge positive              1100 -gross, 2100 net, 2000 tax
invoice.voided         immediate proration positive         1100 -gross, 4020 net, 2000 tax
invoice.voided         usage charge positive                1100 -gross, 4010 net, 2000 tax
invoice.voided         rounding positive                    1100 -gross, 7900 net, 2000 tax
invoice.voided         ratable charge negative              2050 -gross, 2100 net, 2000 tax
invoice.voided         immediate charge negative            2050 -gross, 4020 net, 2000 tax
invoice.voided         usage proration negative             2050 -gross, 4010 net, 2000 tax
invoice.voided         rounding negative                    2050 -gross, 7900 net, 2000 tax
invoice.written_off    earned yes                           1190 net, 2000 tax, 1100 -gross
invoice.written_off    earned no                            1190 gross, 1100 -gross
invoice.written_off    unearned yes                         2100 net, 2000 tax, 1100 -gross
invoice.recovered      earned yes                           1190 -net, 2000 -tax, 1100 gross
invoice.recovered      earned no                            1190 -gross, 1100 gross
invoice.recovered      unearned no                          2100 -net, 2000 -tax, 1100 gross
credit_memo.issued     ar_reduction unearned                2050 -gross, 2100 net, 2000 tax
credit_memo.issued     refund earned                        2050 -gross, 4900 net, 2000 tax
credit_memo.issued     on_account earned                    2050 -gross, 4900 net, 2000 tax
credit_memo.issued     write_off unearned                   1100 -gross, 2100 net, 2000 tax
credit_memo.issued     write_off earned                     1100 -gross, 4900 net, 2000 tax
credit_memo.issued     chargeback unearned                  1300 -gross, 2100 net, 2000 tax
credit_memo.issued     chargeback earned                    1300 -gross, 4900 net, 2000 tax
credit_memo.voided     on_account unearned                  2050 gross, 2100 -net, 2000 -tax
credit_memo.voided     ar_reduction earned                  2050 gross, 4900 -net, 2000 -tax
credit_memo.voided     write_off unearned                   1100 gross, 2100 -net, 2000 -tax
credit_memo.voided     write_off earned                     1100 gross, 4900 -net, 2000 -tax
credit_memo.voided     chargeback unearned                  1300 gross, 2100 -net, 2000 -tax
credit_memo.voided     chargeback earned                    1300 gross, 4900 -net, 2000 -tax
credit.applied         -                                    2050 amount, 1100 -amount
credit.unapplied       -                                    2050 -amount, 1100 amount
payment.received       processor                            1050 amount, 2050 -amount
payment.received       direct                               1010 amount, 2050 -amount
payment.reversed       processor                            1050 -amount, 2050 amount
payment.reversed       direct                               1010 -amount, 2050 amount
payment.applied        own cash                             2050 amount, 1100 -amount
payment.applied        own bank_charge                      6010 amount, 1100 -amount
payment.applied        own withholding_tax                  1460 amount, 1100 -amount
payment.applied        own cash_discount                    4910 amount, 1100 -amount
payment.applied        own small_balance                    7900 amount, 1100 -amount
payment.applied        sister cash                          2050 amount, 2500 -amount
payment.applied        sister bank_charge                   6010 amount, 2500 -amount
payment.applied        sister withholding_tax               1460 amount, 2500 -amount
payment.applied        sister cash_discount                 4910 amount, 2500 -amount
payment.applied        sister small_balance                 7900 amount, 2500 -amount
payment.applied        exchanged cash                       2050 amount, 1065 -amount
payment.unapplied      exchanged cash                       2050 -amount, 1065 amount
exchange.applied       cash                                 1065 amount, 1100 -amount
exchange.applied       bank_charge                          6010 amount, 1100 -amount
exchange.applied       withholding_tax                      1460 amount, 1100 -amount
exchange.applied       cash_discount                        4910 amount, 1100 -amount
exchange.applied       small_balance                        7900 amount, 1100 -amount
exchange.unapplied     cash                                 1065 -amount, 1100 amount
exchange.unapplied     bank_charge                          6010 -amount, 1100 amount
exchange.unapplied     withholding_tax                      1460 -amount, 1100 amount
exchange.unapplied     cash_discount                        4910 -amount, 1100 amount
exchange.unapplied     small_balance                        7900 -amount, 1100 amount
processor.exchanged    -                                    1065 amount, 1050 -amount
processor.settled      -                                    1050 amount, 1065 -amount
intercompany.applied     -                                  1500 amount, 1100 -amount
payment.unapplied      own cash                             2050 -amount, 1100 amount
payment.unapplied      own bank_charge                      6010 -amount, 1100 amount
payment.unapplied      own withholding_tax                  1460 -amount, 1100 amount
payment.unapplied      own cash_discount                    4910 -amount, 1100 amount
payment.unapplied      own small_balance                    7900 -amount, 1100 amount
payment.unapplied      sister cash                          2050 -amount, 2500 amount
payment.unapplied      sister bank_charge                   6010 -amount, 2500 amount
payment.unapplied      sister withholding_tax               1460 -amount, 2500 amount
payment.unapplied      sister cash_discount                 4910 -amount, 2500 amount
payment.unapplied      sister small_balance                 7900 -amount, 2500 amount
intercompany.unapplied   -                                  1500 -amount, 1100 amount
refund.paid            processor credit                     2050 amount, 1050 -amount
refund.paid            processor awaiting                   2060 amount, 1050 -amount
refund.paid            direct credit                        2050 amount, 1010 -amount
refund.paid            direct awaiting                      2060 amount, 1010 -amount
refund.failed          processor credit                     2050 -amount, 1050 amount
refund.failed          processor awaiting                   2060 -amount, 1050 amount
refund.failed          direct credit                        2050 -amount, 1010 amount
refund.failed          direct awaiting                      2060 -amount, 1010 amount
dispute.opened         processor                            1300 amount, 1050 -amount
dispute.opened         direct                               1300 amount, 1010 -amount
dispute.won            processor                            1300 -amount, 1050 amount
dispute.won            direct                               1300 -amount, 1010 amount
dispute.lost           earned expense yes                   6200 net, 2000 tax, 1300 -gross
dispute.lost           earned expense no                    6200 gross, 1300 -gross
dispute.lost           earned contra_revenue yes            4900 net, 2000 tax, 1300 -gross
dispute.lost           earned contra_revenue no             4900 gross, 1300 -gross
dispute.lost           unearned contra_revenue yes          2100 net, 2000 tax, 1300 -gross
dispute.lost           unearned expense no                  2100 net, 6200 tax, 1300 -gross
dispute.lost           unearned contra_revenue no           2100 net, 4900 tax, 1300 -gross
dispute.lost           unapplied expense yes                2050 gross, 1300 -gross
credit.applied         sister=UK                            2050 amount, 2500 -amount
credit.unapplied       sister=UK                            2050 -amount, 2500 amount
intercompany.credited    -                                  1500 amount, 1100 -amount
intercompany.uncredited  -                                  1500 -amount, 1100 amount
refund.paid            processor credit sister=UK           1500 amount, 1050 -amount
refund.paid            direct awaiting sister=UK            1500 amount, 1010 -amount
refund.failed          processor awaiting sister=UK         1500 -amount, 1050 amount
refund.failed          direct credit sister=UK              1500 -amount, 1010 amount
intercompany.refunded  credit                               2050 amount, 2500 -amount
intercompany.refunded  awaiting                             2060 amount, 2500 -amount
intercompany.refund_failed  credit                          2050 -amount, 2500 amount
intercompany.refund_failed  awaiting                        2060 -amount, 2500 amount
dispute.passed_on      -                                    2500 amount, 1300 -amount
dispute.borne          earned expense yes                   6200 net, 2000 tax, 1500 -gross
dispute.borne          earned expense no                    6200 gross, 1500 -gross
dispute.borne          earned contra_revenue yes            4900 net, 2000 tax, 1500 -gross
dispute.borne          earned contra_revenue no             4900 gross, 1500 -gross
dispute.borne          unearned contra_revenue yes          2100 net, 2000 tax, 1500 -gross
dispute.borne          unearned expense no                  2100 net, 6200 tax, 1500 -gross
dispute.borne          unearned contra_revenue no           2100 net, 4900 tax, 1500 -gross
fee.charged            fee_kind=processing deducted no      6000 net, 1450 tax, 1050 -gross
fee.charged            fee_kind=refund deducted yes         6000 net, 1050 -net, 1450 tax, 2000 -tax
fee.charged            fee_kind=account invoiced no         6000 net, 1450 tax, 2080 -gross
fee.charged            fee_kind=processing invoiced yes     6000 net, 2080 -net, 1450 tax, 2000 -tax
fee.charged            fee_kind=dispute deducted no         6050 net, 1450 tax, 1050 -gross
fee.charged            fee_kind=dispute deducted yes        6050 net, 1050 -net, 1450 tax, 2000 -tax
fee.charged            fee_kind=dispute invoiced no         6050 net, 1450 tax, 2080 -gross
fee.charged            fee_kind=dispute invoiced yes        6050 net, 2080 -net, 1450 tax, 2000 -tax
payout.created         -                                    1060 amount, 1050 -amount
payment.received       bank                                 1000 amount, 2050 -amount
payment.reversed       bank                                 1000 -amount, 2050 amount
refund.paid            bank credit                          2050 amount, 1000 -amount
refund.paid            bank awaiting                        2060 amount, 1000 -amount
refund.failed          bank credit                          2050 -amount, 1000 amount
refund.failed          bank awaiting                        2060 -amount, 1000 amount
dispute.opened         bank                                 1300 amount, 1000 -amount
dispute.won            bank                                 1300 -amount, 1000 amount
payout.arrived         -                                    1000 amount, 1060 -amount
payout.failed          -                                    1060 -amount, 1050 amount
processor.reserved     -                                    1056 amount, 1050 -amount
processor.adjustment   -                                    1050 amount, 1055 -amount
revenue.recognized     ratable                              2100 amount, 4000 -amount
small_balance.written_off  open                             7900 amount, 1100 -amount
small_balance.written_off  unapplied                        7900 amount, 2050 -amount
"""
ROWS = [re.split(r"  +", row) for row in BOOKED.strip().splitlines()]


def event_line(event: str, facts: str) -> EventLine:
    """An event with these facts: a value of one of its attributes each, or `attribute=value`."""
    found: dict[str, str | None] = {}
    for fact in facts.replace("-", "").split():
        if "=" in fact:
            name, _, value = fact.partition("=")
        else:
            [name], value = [each for each in EVENTS[event].attributes if fact in (ATTRIBUTE_VALUES[each] or ())], fact
        found[name] = value
    return EventLine(event, "US", date(2026, 1, 15), found, AMOUNTS)


@pytest.mark.parametrize(("event", "facts", "moved"), ROWS, ids=lambda text: text)
def test_the_shipped_rules_book_as_an_accountant_would(event: str, facts: str, moved: str) -> None:
    expected = {}
    for part in moved.split(", "):
        account, component = part.split()
        expected[account] = -AMOUNTS[component[1:]] if component.startswith("-") else AMOUNTS[component]
    booked: dict[str, int] = {}
    for leg in book(SHIPPED.rules, with_bank(SHIPPED.chart_of("US")), event_line(event, facts)):
        booked[leg.account_code] = booked.get(leg.account_code, 0) + leg.amount_minor
    assert booked == expected


def test_each_shipped_rule_is_written_down_here() -> None:
    won = {winning_rule(SHIPPED.rules, event_line(event, facts)).id for event, facts, _ in ROWS}
    assert {rule.id for rule in SHIPPED.rules.rules} - won == set()


def test_each_shipped_rule_is_in_force_on_any_day_that_books_may_have() -> None:
    """Whoever changes a rule later gives the new one a day; as shipped there is one version of each, since before all documents."""
    assert {(rule.effective_from, rule.effective_to) for rule in SHIPPED.rules.rules} == {(date(2000, 1, 1), None)}
