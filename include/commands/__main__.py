"""python -m include.commands COMMAND."""

from __future__ import annotations

import sys

from rich.markup import escape

from include.commands.terminal import cli, console
from include.finance.errors import TieoutError


def main() -> None:
    """Run a command; an error of ours is a message, not a traceback."""
    try:
        cli()
    except TieoutError as error:
        console.print(f"[red]{type(error).__name__}[/red] {escape(str(error))}", soft_wrap=True, markup=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
