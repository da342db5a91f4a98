"""The adapter to the sample company's Tryton, as tests use it."""

from __future__ import annotations

from include.adapters.erp.tryton import TrytonErp
from include.adapters.http import HttpClient, TimeLimits
from include.sample.tryton import POSTER, TrytonServer

COMPANIES = {
    "US": "Tieout US Inc.",
    "UK": "Tieout UK Ltd",
    "DE": "Tieout DE GmbH",
    "JP": "Tieout JP K.K.",
}
PARTIES = {("DE", "1100"): "Billing customers EUR"}


def tryton_erp(server: TrytonServer, database: str, *, url: str | None = None, answer_seconds: int = 20) -> TrytonErp:
    """The adapter, logged in as the poster; `url` where a proxy stands before the server."""
    limits = TimeLimits(connect_seconds=1, answer_seconds=answer_seconds)
    return TrytonErp(
        url or server.url,
        database,
        POSTER,
        server.password(POSTER),
        companies=COMPANIES,
        parties=PARTIES,
        max_request_seconds=1,
        http=HttpClient("Tryton", limits),
    )
