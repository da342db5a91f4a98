"""What Airflow does about each family of errors: retry, wait longer, or fail at once and call a person.

TIEOUT_RETRY_DELAY_SECONDS is how long it waits before it tries again.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from include.finance.errors import (
    ConfigurationError,
    OutcomeUnknownError,
    PersonError,
    RetryError,
    WaitError,
)

RETRIES = 3
# Longer than a lease: who comes back finds it expired or its owner done.
_LEASE_SECONDS = "90"


def retry_delay(environment: Mapping[str, str] = os.environ) -> timedelta:
    """How long Airflow waits before it tries a task again. Raises ConfigurationError when the variable is no number."""
    text = environment.get("TIEOUT_RETRY_DELAY_SECONDS", "").strip() or _LEASE_SECONDS
    if not text.isdecimal():
        raise ConfigurationError(
            f"TIEOUT_RETRY_DELAY_SECONDS is {text!r}: write whole seconds, or leave it out for {_LEASE_SECONDS}."
        )
    return timedelta(seconds=int(text))


RETRY_DELAY = retry_delay()

BY_ERROR_FAMILY = ExceptionRetryPolicy(
    rules=[
        RetryRule(exception=PersonError, action=RetryAction.FAIL, reason="a person must act first"),
        RetryRule(
            exception=OutcomeUnknownError,
            action=RetryAction.RETRY,
            retry_delay=RETRY_DELAY,
            reason="the ERP is asked, never sent to again",
        ),
        RetryRule(exception=WaitError, action=RetryAction.FAIL, reason="nothing is broken; the next night goes on"),
        RetryRule(
            exception=RetryError,
            action=RetryAction.RETRY,
            retry_delay=RETRY_DELAY,
            reason="a system was away or another worker is at it",
        ),
    ]
)
