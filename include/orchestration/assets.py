"""What other DAGs may wait for. An event is a call to look, not a message: consumers read the finance database."""

from __future__ import annotations

from airflow.sdk import Asset

SUBLEDGER_TIED_OUT = Asset(name="subledger_tied_out", group="tieout")

# A period of a legal entity was closed; the event says which, and the hashes of what was approved.
PERIOD_CLOSED = Asset(name="period_closed", group="ledger")
