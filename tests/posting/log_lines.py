"""The lines of the log as a test reads them: every field of every line, from the level debug up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from structlog.contextvars import merge_contextvars

Line = dict[str, Any]


@contextmanager
def log_lines() -> Iterator[list[Line]]:
    """The lines that are written until leaving, with what is bound at each moment, as an Airflow task keeps them."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0))
    try:
        with structlog.testing.capture_logs([merge_contextvars]) as lines:
            yield lines
    finally:
        structlog.configure(**before)
