"""What Airflow does about each family of errors: retry, wait longer, or fail at once and call a person."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from include.finance.errors import OutcomeUnknownError, PersonError, RetryError, WaitError

RETRIES = 3
# Longer than a lease: who comes back finds it expired or its owner done.
LEASE_DELAY = timedelta(seconds=90)

BY_ERROR_FAMILY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=PersonError, action=RetryAction.FAIL, reason="a person must act first"),
        RetryRule(
            exception=OutcomeUnknownError,
            action=RetryAction.RETRY,
            retry_delay=LEASE_DELAY,
            reason="the ERP is asked, never sent to again",
        ),
        RetryRule(exception=WaitError, action=RetryAction.FAIL, reason="nothing is broken; the next night goes on"),
        RetryRule(
            exception=RetryError,
            action=RetryAction.RETRY,
            retry_delay=LEASE_DELAY,
            reason="a system was away or another worker is at it",
        ),
    ]
)
