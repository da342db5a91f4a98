"""What a billing Postgres says when it refuses, sorted by what to do next."""

from __future__ import annotations

import re

import adbc_driver_manager

from include.finance.errors import CredentialsRefusedError, SourceUnreadableError, SystemUnreachableError, TieoutError

_UNTOUCHED = "nothing was written, the next run completes the night"
# SQLSTATE classes that pass by themselves: connection, rollback (a standby's conflict), resources, an operator, disk.
_PASSING = ("08", "40", "53", "57", "58")


def billing_error(name: str, error: adbc_driver_manager.Error) -> TieoutError:
    """Return the error of ours for one of the driver's; `name` is the name of the connection."""
    said = _first_line(error)
    lowered = said.lower()
    state = error.sqlstate or ""
    if "password authentication failed" in lowered or "no password supplied" in lowered or state.startswith("28"):
        return CredentialsRefusedError(
            f"Connection {name}: the billing database refuses login or password ({said}). "
            f"Correct login and password of the connection {name}, then run the night again; nothing was written."
        )
    if "permission denied for database" in lowered or re.search(r'(role|database) ".*" does not exist', lowered):
        return CredentialsRefusedError(
            f"Connection {name}: the billing database does not let us in ({said}). Correct database and login of the "
            f"connection {name}, or `grant connect on database ... to` its login; {_UNTOUCHED}."
        )
    if state and not state.startswith(_PASSING):
        return SourceUnreadableError(f"Connection {name}: {_shape_message(state, said)}; {_UNTOUCHED}.")
    return SystemUnreachableError(
        f"Connection {name}: the billing database does not answer ({said}). Check that it runs and that host and port "
        f"of the connection {name} are right; {_UNTOUCHED}."
    )


def stream_error(name: str, error: OSError) -> TieoutError:
    """Return the error of ours for one that came with the rows: without an SQLSTATE, so its text decides."""
    said = _first_line(error)
    if "ERROR:" in str(error).splitlines()[0] and not re.search(r"(terminat|cancel)\w+ ", said):
        return SourceUnreadableError(
            f"Connection {name}: the billing database refuses to give a row ({said}). Find the amount or date that no "
            f"sum can hold and correct it there; {_UNTOUCHED}."
        )
    return SystemUnreachableError(
        f"Connection {name}: the billing database stopped answering ({said}). Check that it runs; {_UNTOUCHED}."
    )


def _shape_message(state: str, said: str) -> str:
    if state == "42501" and (found := re.search(r"permission denied for schema (\S+)", said)):
        return (
            f"its login may not use the schema {found[1]} of the billing database ({said}). "
            f"Let the owner run `grant usage on schema {found[1]} to <login>`"
        )
    if state == "42501" and (found := re.search(r"permission denied for \w+ (\S+)", said)):
        return (
            f"its login may not read billing.{found[1]} of the billing database ({said}). "
            f"Let the owner run `grant select on billing.{found[1]} to <login>`"
        )
    if state in ("42P01", "3F000", "42703"):
        return (
            f"the billing database lacks a schema, table or column that we read ({said}). "
            "Compare it with the contract for billing databases, add what is missing or offer it as a view"
        )
    return f"the billing database refuses a query ({said}; SQLSTATE {state}). Correct the row or setting that it names"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    for noise in (
        r"^[A-Z_]+: ",
        r"^\[libpq\] ",
        r"^Execution error \[\w+\]: ",
        r"^Failed to prepare query: ",
        r"^ERROR:\s+",
    ):
        text = re.sub(noise, "", text)
    return text
