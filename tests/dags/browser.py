"""A real browser on Airflow's pages: Debian's Chromium, without a window."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium")
NO_CHROMIUM = "Debian's Chromium is not installed (apt-get install chromium)"
# Nothing is asked of anybody but the page: the other services that a browser calls are not there.
_ALONE = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
_MILLISECONDS = 60_000


@contextmanager
def logged_in(url: str, user: str, password: str) -> Iterator[Page]:
    """A page of Airflow, as a person who has logged in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ALONE)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1200})
            page.set_default_timeout(_MILLISECONDS)
            page.goto(f"{url}/auth/login")
            page.fill("input[name=username]", user)
            page.fill("input[name=password]", password)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda address: "/auth/login" not in address)
            yield page
        finally:
            browser.close()


def answer(page: Page, url: str, task: str, option: str, given: Mapping[str, str]) -> str:
    """Open a question (`task`: path of its page below `url`), fill in its form, and press the button; what the page said before.

    With TIEOUT_SCREENSHOTS a picture of the filled form is kept in that folder.
    """
    page.goto(f"{url}{task}/required_actions")
    button = page.get_by_test_id(f"hitl-option-{option}")
    button.wait_for()
    for name, text in given.items():
        page.fill(f"#element_{name}", text)
    said = page.inner_text("body")
    if folder := os.environ.get("TIEOUT_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / "period_close_approval.png", full_page=True)
    button.click()
    page.locator(f"[data-testid=hitl-option-{option}]:disabled").wait_for()
    return said
