"""What every command needs: the list of commands, the terminal they write to, and the application they run."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from uuid import uuid4

import typer
from rich.console import Console

from include.app import App, app_from_environment
from include.finance.actor import Actor
from include.sample import demo as sample_demo
from include.sample.stack import Stack

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
_STARTED = time.monotonic()


def say(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    console.print(f"[dim]{time.monotonic() - _STARTED:6.1f} s[/dim]  {text}")


def harmless_cell(value: object) -> object:
    """Text from billing is no formula when a spreadsheet opens the file."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def running_app(by: str | None = None) -> App:
    """The application of the sample company where it is up, else that of the environment.

    The audit log names the command and `by`, or else the login of the one who runs it.
    """
    stack = Stack()
    is_up = stack.state.exists() and any(service.is_running for service in stack.status())
    app = sample_demo.sample_app(stack) if is_up else app_from_environment()
    return replace(app, actor=_acting(by))


def _acting(by: str | None) -> Actor:
    return Actor(" ".join(["command", *sys.argv[1:2]]), by or os.environ.get("USER", ""), uuid4().hex)
