"""The tablet at a counter: it asks the one who was just served, and only that one.

The page stands for the device ``tablet-<n>``: while it follows live, the hub says that it is online.
"""

from __future__ import annotations

import threading
from typing import Any

import msgspec
from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from hub.desk.principal import Principal
from hub.web.doors import Who, door
from hub.web.house import House, house, words
from hub.web.pages.api import answer, sent_object
from hub.web.pages.stream import follow
from hub.web.reasons import REASONS, REASONS_AT_MOST

page = Blueprint("rate", __name__)

_GRACE_S = 4.0
"""A page that comes back so soon was never gone: a browser reconnects after a second."""


class OpenPages:
    """How many pages stand for each device, so that the last one to go turns it off."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, int] = {}
        self._said: set[str] = set()

    def opened(self, here: House, device: str) -> None:
        """One more page."""
        with self._lock:
            self._open[device] = self._open.get(device, 0) + 1
            new = device not in self._said
            self._said.add(device)
        if new:
            here.loop.page_is_open(device, "tablet", True)

    def closed(self, here: House, device: str) -> None:
        """One less; said after a while, if none came in between."""
        with self._lock:
            self._open[device] -= 1
        waiting = threading.Timer(_GRACE_S, self._gone, (here, device))
        waiting.daemon = True
        waiting.start()

    def _gone(self, here: House, device: str) -> None:
        with self._lock:
            if self._open.get(device) or device not in self._said:
                return
            self._said.discard(device)
        if here.live.closed:
            return
        here.loop.page_is_open(device, "tablet", False)


_pages = OpenPages()


def _counter(n: int) -> int:
    if n not in house().counters:
        raise NotFound
    return n


@page.get("/rate/<int:n>")
@door(Who.PUBLIC)
def tablet(n: int) -> str:
    """The tablet's page: it rests until somebody was served."""
    return render_template("rate.html", n=_counter(n), reasons=REASONS, at_most=REASONS_AT_MOST,
                           said=words().section("rate", "score", "why"))


@page.get("/rate/<int:n>/live")
@door(Who.PUBLIC, touches=False)
def live(n: int) -> Response:
    """What the tablet follows: its counter, and whether the hub lives."""
    here, device = house(), f"tablet-{_counter(n)}"
    return follow(
        [f"state/counter/{n}", "hub/status"],
        opened=lambda: _pages.opened(here, device), closed=lambda: _pages.closed(here, device))


@page.post("/rate/<int:n>")
@door(Who.PUBLIC, limit="rate")
def rate(n: int) -> ResponseReturnValue:
    """One rating, as JSON: ``id``, ``ticket``, ``score``, ``reasons``. Answers the hub's reply."""
    _counter(n)
    told = sent_object()
    command: dict[str, Any] = {"command": "rate", "channel": "tablet"}
    command |= {k: told[k] for k in ("id", "ticket", "score") if k in told}
    reasons = told.get("reasons")
    if isinstance(reasons, list) and reasons and told.get("score") in (1, 2, 3):
        command["reasons"] = [r for r in reasons if r in REASONS][:REASONS_AT_MOST]
    who = Principal(device=f"tablet-{n}", role="tablet", counter=n)
    return answer(who, msgspec.json.encode(command))
