"""Read ahead: what comes next is fetched in a thread of its own while what came is written."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
_DEPTH = 2  # how many items wait at most: memory stays bounded


@dataclass(frozen=True, slots=True)
class _End:
    """Nothing follows; `error` is what ended it, if anything did."""

    error: BaseException | None = None


@contextmanager
def read_ahead(items: Generator[Item]) -> Iterator[Iterator[Item]]:
    """The same items in the same order, and the error of `items` after those that came before it.

    `items` runs in one thread from its first step to its end, and has ended when the context has.
    """
    queue: Queue[Item | _End] = Queue(_DEPTH)
    is_over = Event()

    def fetch() -> None:
        end = _End()
        try:
            with closing(items):
                for item in items:
                    queue.put(item)
                    if is_over.is_set():
                        return
        except BaseException as error:  # noqa: BLE001  (handed on to whoever reads)
            end = _End(error)
        queue.put(end)

    thread = Thread(target=fetch, name="read-ahead", daemon=True)
    thread.start()
    try:
        yield _items(queue)
    finally:
        is_over.set()
        _empty(queue)
        thread.join()


def _items(queue: Queue[Item | _End]) -> Iterator[Item]:
    while not isinstance(found := queue.get(), _End):
        yield found
    if found.error is not None:
        raise found.error


def _empty(queue: Queue[Item]) -> None:
    """Make room for whoever waits to put something down; it looks up afterwards and sees that it is over."""
    while True:
        try:
            queue.get_nowait()
        except Empty:
            return
