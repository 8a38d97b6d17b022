"""The clerk's desk: one counter, one large button.

Rule 1: the page sends commands as a device does, with the beat it saw and whom it saw at the counter.
Rule 2: without a living hub it refuses; a call that comes late is a mistake.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from hub.queueing.floor import Floor
from hub.queueing.life import TicketState
from hub.web.doors import Who, door
from hub.web.house import house, words

page = Blueprint("counter", __name__)

MISSED_SHOWN = 8


def _doors(floor: Floor) -> list[dict[str, Any]]:
    """All counters, for choosing one."""
    return [{"n": desk.n, "mode": floor.counters[desk.n].mode, "clerk": floor.counters[desk.n].clerk,
             "waiting": floor.line.count(floor.services_of(floor.counters[desk.n]))}
            for desk in floor.hall.desks]


def _now(floor: Floor, n: int) -> dict[str, Any]:
    """What the desk shows beyond ``state/counter/<n>``: who is next, who waits, who missed the call."""
    counter = floor.counters[n]
    served = floor.services_of(counter)
    following = floor.line.next_of(served)
    there = floor.tickets[counter.ticket] if counter.ticket else None
    missed = [t for t in floor.tickets.values() if t.state is TicketState.MISSED and t.service in served]
    since_ms = None
    if there is not None:
        since_ms = there.called_at_ms
        if there.state is TicketState.SERVING:
            since_ms += there.started_mono_ms - there.called_mono_ms
    return {
        "seq": floor.seq, "mode": counter.mode, "clerk": counter.clerk,
        "next": floor.tickets[following].number if following else None,
        "next_lane": floor.tickets[following].lane if following else None,
        "waiting": {s: floor.line.count((s,)) for s in served},
        "missed": [{"id": t.id, "number": t.number, "at_ms": t.called_at_ms}
                   for t in sorted(missed, key=lambda t: -t.called_at_ms)[:MISSED_SHOWN]],
        "since_ms": since_ms, "times": there.calls if there else 0,
    }


@page.get("/counter")
@door(Who.STAFF)
def choose() -> ResponseReturnValue:
    """Choose a counter; a clerk who holds one goes on there, unless they ask to choose."""
    here = house()
    counters = here.loop.ask(_doors)
    mine = [c["n"] for c in counters if c["clerk"] == g.session.user and c["mode"] != "closed"]
    if len(mine) == 1 and "choose" not in request.args:
        return redirect(f"/counter/{mine[0]}", 303)
    names = {c["n"]: account.name for c in counters if (account := here.passwords.account(c["clerk"] or ""))}
    return render_template("counters.html", counters=counters, mine=mine, names=names)


@page.get("/counter/<int:n>")
@door(Who.STAFF)
def desk(n: int) -> ResponseReturnValue:
    """The desk of one counter; drawn by the page's script from the live state."""
    here, t = house(), words()
    if n not in here.counters:
        raise NotFound
    site = here.settings.site
    services = [{"id": s.id, "series": s.series, "name": t.of(s.names)} for s in here.settings.services]
    return render_template(
        "counter.html", n=n, services=services, outcomes=[o for o in site.outcomes if o != "not-stated"],
        pause_reasons=site.pause_reasons, said=t.section("counter"), first_lane=site.lanes[0], named=_named)


def _named(kind: str, code: str) -> str:
    """The word for an outcome or a pause reason; an office's own stand in its settings."""
    t, own = words(), house().settings.site.code_names.get(code)
    key = f"{kind}.{code}"
    return t.of(own) if own else t(key) if t.has(key) else code


@page.get("/counter/<int:n>/now")
@door(Who.STAFF, touches=False)
def now(n: int) -> ResponseReturnValue:
    """What the desk shows beyond the public state, as JSON."""
    here = house()
    if n not in here.counters:
        raise NotFound
    found = here.loop.ask(lambda floor: _now(floor, n))
    account = here.passwords.account(found["clerk"] or "")
    mine = found["clerk"] == g.session.user or g.session.role == "head"
    return jsonify(**found, clerk_name=account.name if account else None, mine=mine)
