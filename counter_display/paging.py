"""Many things on few places: pages of about the same length, each standing for a while. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

_T = TypeVar("_T")


def pages_of(things: Sequence[_T], at_most: int) -> list[list[_T]]:
    """``things`` in as few pages as hold them, evenly filled; one empty page where there is nothing.

    >>> [len(page) for page in pages_of(range(13), 12)]
    [7, 6]
    """
    count = max(1, -(-len(things) // at_most))
    size, longer = divmod(len(things), count)
    pages, start = [], 0
    for i in range(count):
        end = start + size + (1 if i < longer else 0)
        pages.append(list(things[start:end]))
        start = end
    return pages


def page_of(pages: Sequence[Sequence[_T]], wanted: Callable[[_T], bool]) -> int:
    """The index of the first page with something wanted; 0 where there is none."""
    return next((i for i, page in enumerate(pages) if any(map(wanted, page))), 0)


def page_at(now: float, since: float, each_s: float, count: int, first: int) -> int:
    """The index of the page that stands at ``now``, when page ``first`` came up at ``since``."""
    return (first + int((now - since) // each_s)) % max(1, count)
