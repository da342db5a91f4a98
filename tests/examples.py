"""How many examples a test of whole lives takes: a few with `make test`, all of them with `make lives`."""

from __future__ import annotations

import os

_TIMES = int(os.environ.get("TIEOUT_LIVES", "0"))
IS_LONG = _TIMES > 0


def examples(few: int, many: int) -> int:
    """`few` (the first is the least that can happen) with `make test`; `many`, as many times over as is asked for, with `make lives TIMES=3`."""
    return many * _TIMES or few
