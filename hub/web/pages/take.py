"""A number by phone or at a browser: one touch on what one came for.

The form's command id is made when it is drawn, so a double touch or a resent form gives one number.
"""

from __future__ import annotations

import hashlib
import re

import msgspec
from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from hub.desk.principal import Principal
from hub.web.doors import Who, door
from hub.web.house import house, new_command_id, words

page = Blueprint("take", __name__)

_FORM_ID = re.compile(r"[A-Za-z0-9_-]{8,24}\Z")


def _form(refusal: str = "", status: int = 200) -> ResponseReturnValue:
    here = house()
    said = here.live.get("state/services")
    states = {s["service"]: s for s in msgspec.json.decode(said[1])["services"]} if said else {}
    policy = next((p for p in here.settings.policies if p.name == here.settings.site.policy), None)
    return render_template(
        "take.html", services=here.settings.services, states=states, form_id=new_command_id(),
        refusal=refusal, sentence=words().of(policy.sentence) if policy else ""), status


def _wish(form_id: str, service: str) -> str:
    """The command's id. It is told in events, and whoever sends it again is led to the ticket: so nobody
    else can make it, not even who saw the form. Going back and choosing another service is another wish."""
    key = g.session.key if g.session else g.visitor
    return hashlib.sha256(f"{key}/{form_id}/{service}".encode()).hexdigest()[:40]


@page.get("/take")
@door(Who.PUBLIC)
def form() -> ResponseReturnValue:
    """What one can come for, and how many wait there."""
    return _form()


@page.post("/take")
@door(Who.PUBLIC, limit="take")
def take() -> ResponseReturnValue:
    """Take a number, then go to where the turn is followed."""
    here, form_id, service = house(), request.form.get("id", ""), request.form.get("service", "")
    if not _FORM_ID.match(form_id) or len(service) > 32:
        raise BadRequest("the form is not ours")
    reply = here.loop.call(Principal(device="web", role="phone"), {
        "id": _wish(form_id, service), "command": "take-ticket", "service": service,
        "channel": "phone", "language": words().language})
    if not reply["ok"]:
        return _form(words().of(reply["message"]), 409)
    code = here.archive.code_of_ticket(reply["ticket"]["id"])
    return redirect(f"/t/{code}", 303)
