"""A small table of what was tried, for who runs these tests with `-s`."""

from __future__ import annotations

from collections import Counter


def tell(title: str, counts: Counter[str]) -> None:
    """Print the counts of one test, the largest first."""
    print(f"\n{counts.total():>6} {title}")
    for name, count in counts.most_common():
        print(f"{count:>6}   {name}")
