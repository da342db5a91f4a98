"""What every command needs: the list of commands, the terminal they write to, and the application they run."""

from __future__ import annotations

import sys
import time

import typer
from rich.console import Console

from include.app import App, app_from_environment
from include.sample import demo as sample_demo
from include.sample.stack import Stack

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
_STARTED = time.monotonic()


def say(text: str) -> None:
    """A line of progress, with the seconds since the start."""
    console.print(f"[dim]{time.monotonic() - _STARTED:6.1f} s[/dim]  {text}")


def running_app() -> App:
    """The application of the sample company where it is up, else that of the environment."""
    stack = Stack()
    if stack.state.exists() and any(service.is_running for service in stack.status()):
        return sample_demo.sample_app(stack)
    return app_from_environment()
