"""Lines of the log with fields, the same in an Airflow task and in a process of its own.

What `about_entry` or `about_chunk` bind stands in every line that is written meanwhile, whoever writes it: so the HTTP client says for
which journal entry it asked again, without knowing what one is. An Airflow task keeps the fields in its log; without Airflow, lines go
to standard error, as JSON where nobody looks on, from the level TIEOUT_LOG_LEVEL up (`warning` where it is not set).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars
from structlog.typing import FilteringBoundLogger

from include.finance.errors import TieoutError


def log_of(name: str) -> FilteringBoundLogger:
    """The log of a module: `log.info("what happened", reference=...)`."""
    logger: FilteringBoundLogger = structlog.get_logger(name)
    return logger


@contextmanager
def about_entry(reference: str, entry_id: UUID | None = None) -> Iterator[None]:
    """Let every line until leaving carry the reference of a journal entry, and its id where it is known.

    An error that ends the work on the entry is a line of its own: what tells of it later knows no entry any more.
    """
    known = {} if entry_id is None else {"journal_entry_id": str(entry_id)}
    is_told_outside = get_contextvars().get("reference") == reference
    with bound_contextvars(reference=reference, **known):
        try:
            yield
        except TieoutError as error:
            if not is_told_outside:
                _log.warning("the work on this entry ends here", error=type(error).__name__, said=str(error))
            raise


@contextmanager
def about_chunk(references: Sequence[str]) -> Iterator[None]:
    """Let every line until leaving carry the chunk of journal entries that one request is about.

    A chunk is known by its first reference (`chunk`) and its size; all of them are named at level debug.
    """
    if not references:
        yield
        return
    with bound_contextvars(chunk=references[0], chunk_size=len(references)):
        _log.debug("chunk", references=list(references))
        try:
            yield
        except TieoutError as error:
            _log.warning("the work on this chunk ends here", error=type(error).__name__, said=str(error))
            raise


@contextmanager
def about_call(method: str) -> Iterator[None]:
    """Let every line until leaving carry what the ERP is asked to do, in its own words."""
    with bound_contextvars(erp_method=method):
        yield


def correlation() -> str | None:
    """By what the ERP's side can find the request that leaves now: the reference of its entry, or its chunk's first; None without either."""
    bound = get_contextvars()
    found = bound.get("reference", bound.get("chunk"))
    return None if found is None else str(found)


def write_to_stderr(level: str) -> None:
    """Write lines to standard error from a level up, as where no Airflow does it. Standard output is for results."""
    to_person = sys.stderr is not None and sys.stderr.isatty()
    numbers = {"debug": 10, "info": 20, "warning": 30, "error": 40}
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if to_person else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(numbers.get(level.lower(), numbers["warning"])),
        # Looked up for each line: standard error may be another by then.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


_log = log_of(__name__)
# structlog by itself writes to standard output, where commands and night processes put their results.
if not structlog.is_configured():
    write_to_stderr(os.environ.get("TIEOUT_LOG_LEVEL", ""))
