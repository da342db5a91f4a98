"""A process that asks a server so many times, at a pace that it shares with others. Settings come as JSON on stdin."""

from __future__ import annotations

import json
import os
import signal
import sys

from include.adapters.http import HttpClient
from include.store.database import FinanceDatabase
from include.store.request_pace import SharedPace


def main() -> None:
    settings = json.load(sys.stdin)
    pace = SharedPace(FinanceDatabase(settings["dsn"]), settings["account"], settings["rate"])
    if settings["dies"]:
        pace.reserve()
        os.kill(os.getpid(), signal.SIGKILL)
    client = HttpClient("The ERP", pace=pace)
    for _ in range(settings["times"]):
        client.read(settings["url"], settings["name"].encode(), {})


if __name__ == "__main__":
    main()
