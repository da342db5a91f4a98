"""What is read ahead comes in its order, a few items early, and ends with its reader."""

from __future__ import annotations

import threading
from collections.abc import Generator
from itertools import islice

import pytest

from include.evidence.read_ahead import read_ahead


class Source:
    """Numbers up to `count`, then an error if there is one; remembers what became of it."""

    def __init__(self, count: int, error: Exception | None = None) -> None:
        self.count = count
        self.error = error
        self.given = 0
        self.threads: set[int] = set()
        self.is_closed = False

    def read(self) -> Generator[int]:
        try:
            for number in range(self.count):
                self.threads.add(threading.get_ident())
                self.given += 1
                yield number
            if self.error:
                raise self.error
        finally:
            self.threads.add(threading.get_ident())
            self.is_closed = True


def test_everything_comes_once_and_in_its_order_from_one_other_thread() -> None:
    source = Source(100)
    with read_ahead(source.read()) as items:
        assert list(items) == list(range(100))
    assert source.is_closed
    assert len(source.threads - {threading.get_ident()}) == len(source.threads) == 1


def take(source: Source, count: int, error: Exception) -> None:
    """Read `count` items, then fail with `error`."""
    found: list[int] = []
    with read_ahead(source.read()) as items:
        found.extend(islice(items, count))
        raise error


def test_an_error_of_the_source_comes_after_what_it_gave_before() -> None:
    found: list[int] = []
    with (
        pytest.raises(OSError, match="the line is cut"),
        read_ahead(Source(3, OSError("the line is cut")).read()) as items,
    ):
        found.extend(items)
    assert found == [0, 1, 2]


@pytest.mark.parametrize("taken", [0, 1, 5])
def test_a_reader_that_fails_ends_the_source_which_was_never_far_ahead(taken: int) -> None:
    source = Source(1000)
    with pytest.raises(RuntimeError, match="the disk is full"):
        take(source, taken, RuntimeError("the disk is full"))
    assert source.is_closed
    assert taken <= source.given <= taken + 4


def test_the_first_error_is_told_when_both_sides_fail() -> None:
    with pytest.raises(RuntimeError, match="the disk is full"):
        take(Source(1, OSError("the line is cut")), 1, RuntimeError("the disk is full"))
