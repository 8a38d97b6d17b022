"""Follow one's turn: /t/<code>, the address that only the holder of the ticket knows.

Rule 1: whoever holds the code sees that one number, may cancel it, and may rate it; nothing else.
Rule 2: the page says in words how far it can be trusted: a locked phone tells nobody anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from hub.desk.principal import Principal
from hub.queueing.floor import Floor
from hub.web.doors import Who, door
from hub.web.house import House, house, new_command_id, words
from hub.web.reasons import REASONS, REASONS_AT_MOST

page = Blueprint("turn", __name__)

_CODE = re.compile(r"[A-Za-z2-7]{16,64}\Z")


@dataclass(frozen=True, slots=True)
class Turn:
    """One number as its holder sees it."""

    number: str
    service: str
    priority: bool
    state: str
    ahead: int
    counters: list[int]
    counter: int | None
    rated: bool
    day: str


def _today(floor: Floor, ticket: str) -> Turn | None:
    found = floor.tickets.get(ticket)
    if found is None:
        return None
    return Turn(
        number=found.number, service=found.service, priority=found.lane != floor.hall.lanes[0],
        state=found.state.value, ahead=floor.ahead_of(found), counters=floor.counters_for(found.service),
        counter=found.counter, rated=found.rated, day=found.day)


def _earlier(here: House, ticket: str) -> Turn | None:
    found = here.archive.visit(ticket)
    if found is None:
        return None
    return Turn(
        number=found.number, service=found.service, priority=found.lane != here.settings.site.lanes[0],
        state=found.state, ahead=0, counters=[], counter=found.counter, rated=found.score is not None,
        day=found.day)


def _ticket(code: str) -> str:
    ticket = house().archive.ticket_of_code(code.lower()) if _CODE.match(code) else None
    if ticket is None:
        raise NotFound
    return ticket


def _draw(code: str, *, said: str = "", status: int = 200) -> ResponseReturnValue:
    here, ticket = house(), _ticket(code)
    turn = here.loop.ask(lambda floor: _today(floor, ticket)) or _earlier(here, ticket)
    if turn is None:
        raise NotFound
    response = make_response(render_template(
        "turn.html", turn=turn, code=code, said=said, ids=(new_command_id(), new_command_id()),
        service=here.services.get(turn.service), reasons=REASONS, at_most=REASONS_AT_MOST), status)
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@page.get("/t/<code>")
@door(Who.PUBLIC)
def turn(code: str) -> ResponseReturnValue:
    """How far one's turn is."""
    return _draw(code)


@page.get("/r/<code>")
@door(Who.PUBLIC)
def from_slip(code: str) -> ResponseReturnValue:
    """The address on the slip for rating: the same page, which asks when the visit is over."""
    _ticket(code)
    return redirect(f"/t/{code}", 303)


def _ask(code: str, command: dict[str, Any]) -> ResponseReturnValue:
    ticket = _ticket(code)
    reply = house().loop.call(Principal(device="web", role="phone", code_ticket=ticket), {
        "id": request.form.get("id", ""), "ticket": ticket, **command})
    if not reply["ok"]:
        return _draw(code, said=words().of(reply["message"]), status=409)
    return redirect(f"/t/{code}", 303)


@page.post("/t/<code>/cancel")
@door(Who.PUBLIC, limit="turn")
def cancel(code: str) -> ResponseReturnValue:
    """Give the number back."""
    return _ask(code, {"command": "cancel-ticket"})


@page.post("/t/<code>/rate")
@door(Who.PUBLIC, limit="rate")
def rate(code: str) -> ResponseReturnValue:
    """Say how satisfied one is, when the visit is over."""
    score = request.form.get("score", "")
    reasons = [r for r in request.form.getlist("reason") if r in REASONS][:REASONS_AT_MOST]
    told: dict[str, Any] = {"command": "rate", "score": int(score) if score in list("12345") else 0,
                            "channel": "phone"}
    if reasons and told["score"] <= 3:
        told["reasons"] = reasons
    return _ask(code, told)
