"""A real object store for the tests of evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.sample.object_store import EmbeddedObjectStore


@pytest.fixture(scope="module")
def object_store(state: Path) -> Iterator[EmbeddedObjectStore]:
    """An S3 server; each test makes its own bucket."""
    server = EmbeddedObjectStore(state)
    server.start()
    yield server
    server.stop()
