"""What is true now, as it changes: server-sent events, and the same in one piece for who can not follow.

Each message is ``{"topic", "payload"}``; its id is the version, so a page that comes back misses nothing.
Pages beyond the limit get 503 and ask ``/live/now`` instead.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from hub.web.doors import Who, door
from hub.web.house import House, house

page = Blueprint("stream", __name__)

KEEPALIVE_S = 12.0
RETRY_MS = 1000
_BUSY_RETRY_S = 15
_LOOK_EVERY_S = 1.0
"""How soon a page that left gives its place back."""


class Room:
    """How many pages follow live now; at most ``limit``."""

    def __init__(self, limit: int) -> None:
        self.limit, self.taken = limit, 0
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Take a place, if one is free."""
        with self._lock:
            if self.taken >= self.limit:
                return False
            self.taken += 1
            return True

    def leave(self) -> None:
        """Give the place back."""
        with self._lock:
            self.taken -= 1


def room() -> Room:
    """The places of this app."""
    found: Room = current_app.extensions.setdefault("motcua-room", Room(house().settings.hub.sse_limit))
    return found


def topics_of(here: House) -> list[str]:
    """The topics that pages may follow; the hub's beat is one of them."""
    return ["hub/status", "state/board", "state/services", *(f"state/counter/{n}" for n in here.counters)]


def _asked(here: House) -> list[str]:
    asked = [t for t in request.args.get("topics", "").split(",") if t]
    known = topics_of(here)
    for topic in asked:
        if topic not in known:
            raise BadRequest(f"no topic {topic[:64]!r}")
    return list(dict.fromkeys(["hub/status", *asked]))


def message(here: House, topic: str, payload: bytes, version: int) -> bytes:
    """One message of the stream. The beat carries its age, so that an old one is not taken for life."""
    age = here.live.age_s(topic) or 0.0
    return b'id: %d\ndata: {"topic":"%s","age_s":%.3f,"payload":%s}\n\n' % (
        version, topic.encode(), age, payload or b"null")


def _words(here: House, topics: list[str], after: int, gone: Callable[[], bool]) -> Iterator[bytes]:
    yield b"retry: %d\n\n" % RETRY_MS
    silent_s = 0.0
    while not here.live.closed and not gone():
        changed = here.live.wait(topics, after, _LOOK_EVERY_S)
        if changed:
            silent_s, after = 0.0, changed[-1][2]
            # The beat first: with it comes the office's time, against which the rest is read.
            changed.sort(key=lambda row: row[0] != "hub/status")
            yield b"".join(message(here, *each) for each in changed)
            continue
        silent_s += _LOOK_EVERY_S
        if silent_s >= KEEPALIVE_S:
            silent_s = 0.0
            yield b": here\n\n"


def follow(topics: list[str], *, opened: Callable[[], None] | None = None,
           closed: Callable[[], None] | None = None) -> Response:
    """A stream of these topics; ``opened`` and ``closed`` are called once each."""
    here, places = house(), room()
    if not places.enter():
        raise ServiceUnavailable(retry_after=_BUSY_RETRY_S)
    last = request.headers.get("Last-Event-ID", "")
    gone = request.environ.get("waitress.client_disconnected", lambda: False)
    response = Response(_words(here, topics, int(last) if last.isascii() and last.isdigit() else -1, gone),
                        mimetype="text/event-stream",
                        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})

    def ended() -> None:
        places.leave()
        if closed:
            closed()

    # Not in the generator: one that was never begun is never closed.
    response.call_on_close(ended)
    if opened:
        opened()
    return response


@page.get("/live")
@door(Who.PUBLIC, touches=False)
def live() -> Response:
    """``?topics=state/board,…``: each change as it happens."""
    return follow(_asked(house()))


@page.get("/live/now")
@door(Who.PUBLIC, touches=False)
def now() -> ResponseReturnValue:
    """``?topics=…``: what is true now, in one piece; for pages that can not follow."""
    here = house()
    said = [b'{"topic":"%s","age_s":%.3f,"payload":%s}' % (
        topic.encode(), here.live.age_s(topic) or 0.0, found[1])
        for topic in _asked(here) if (found := here.live.get(topic))]
    if not said:
        return jsonify(messages=[])
    return Response(b'{"messages":[%s]}' % b",".join(said), mimetype="application/json")
