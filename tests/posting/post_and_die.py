"""A process that posts the US entries and kills itself with SIGKILL at a given call. Settings come as JSON on stdin."""

from __future__ import annotations

import json
import os
import signal
import sys

from include.adapters.erp.tryton import TrytonErp
from include.adapters.http import HttpClient, TimeLimits
from include.pipelines.post import post_entity
from include.pipelines.posting_desk import PostingTimes
from include.store.database import FinanceDatabase
from tests.posting.books import ERP, READ_INSTANT, US, posting_store
from tests.posting.kill import Killer, MortalErp, MortalStore


def main() -> None:
    settings = json.load(sys.stdin)
    killer = Killer(die=lambda: os.kill(os.getpid(), signal.SIGKILL), **settings["killer"])
    http = HttpClient("Tryton", TimeLimits(connect_seconds=1, answer_seconds=2))
    erp = TrytonErp(**settings["erp"], max_request_seconds=1, http=http)
    store = MortalStore(posting_store(FinanceDatabase(settings["dsn"])), killer)
    post_entity(
        MortalErp(erp, killer), store, US, ERP, READ_INSTANT, actor="mortal", times=PostingTimes(slack_seconds=2)
    )


if __name__ == "__main__":
    main()
