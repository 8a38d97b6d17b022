"""The open interface: the wire's commands, replies and events by HTTP."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import msgspec
from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, ServiceUnavailable

from hub.desk.principal import Principal
from hub.desk.published import Published
from hub.desk.texts import refusal
from hub.web import contract
from hub.web.doors import Who, door
from hub.web.guard import drop_cookie, set_cookie
from hub.web.house import House, house
from hub.web.pages.signin import try_sign_in
from wire.codec import Malformed, read_object, usable_id
from wire.topics import MAX_MESSAGE_BYTES

page = Blueprint("api", __name__)

ANSWER_S = 10.0
MOST_EVENTS = 1000


def _refused(here: House, code: str, about: object, status: int) -> Response:
    """A refusal that needs no hub: what came is no command at all."""
    texts = refusal(code, about, here.settings.site.languages)
    return Response(msgspec.json.encode({"id": None, "ok": False, "refusal": code, "message": texts}),
                    status=status, mimetype="application/json")


def sent_object() -> dict[str, Any]:
    """The JSON object that was sent, read as strictly as the hub reads; ``BadRequest`` for all else."""
    try:
        return read_object(request.get_data())
    except Malformed as wrong:
        raise BadRequest(str(wrong)) from None


def answer(who: Principal, raw: bytes) -> Response:
    """Send a command to the hub and answer its reply: 200, or 409 where it was refused."""
    here = house()
    if len(raw) > MAX_MESSAGE_BYTES:
        return _refused(here, "too-large", len(raw), 413)
    # The hub answers what has no id at most once a second for a device; here many people are one device.
    try:
        told = read_object(raw)
    except Malformed as wrong:
        return _refused(here, "bad-message", wrong, 409)
    if usable_id(told) is None:
        return _refused(here, "bad-message", "id: 8–64 × A–Z a–z 0–9 _ -", 409)
    reply: Future[bytes] = Future()
    here.loop.submit(who, raw, reply.set_result)
    try:
        said = reply.result(ANSWER_S)
    except TimeoutError:
        raise ServiceUnavailable(retry_after=2) from None
    accepted = bool(msgspec.json.decode(said)["ok"])
    return Response(said, status=200 if accepted else 409, mimetype="application/json")


@page.post("/api/v1/session")
@door(Who.PUBLIC, form_token=False, limit="sign-in")
def sign_in() -> ResponseReturnValue:
    """``{"user", "password"}`` sets the cookie; ``{"csrf"}`` is sent as X-CSRF-Token from then on."""
    here, told = house(), sent_object()
    if not all(isinstance(told.get(k), str) for k in ("user", "password")):
        raise BadRequest("user and password are needed, both text")
    session = try_sign_in(here, told["user"].strip()[:64], told["password"])
    if session is None:
        texts = {lang: here.words[lang]("signin.wrong") for lang in here.languages}
        return jsonify(error="not-signed-in", message=texts), 401
    response = jsonify(csrf=here.sessions.form_token(session.key), user=session.user, role=session.role)
    set_cookie(response, "session", session.key)
    return response


@page.delete("/api/v1/session")
@door(Who.STAFF)
def sign_out() -> ResponseReturnValue:
    """Sign out."""
    house().sessions.end(g.session.key)
    response = Response(status=204)
    drop_cookie(response, "session")
    return response


@page.post("/api/v1/commands")
@door(Who.STAFF)
def command() -> ResponseReturnValue:
    """A command of the wire; answers the wire's reply."""
    here = house()
    if (request.content_length or 0) > MAX_MESSAGE_BYTES:
        return _refused(here, "too-large", request.content_length, 413)
    return answer(here.staff(), request.get_data())


def _whole(name: str, default: int, most: int) -> int:
    told = request.args.get(name, str(default))
    if not (told.isascii() and told.isdigit() and len(told) <= 18):
        raise BadRequest(f"{name} is no whole number")
    return min(int(told), most)


@page.get("/api/v1/events")
@door(Who.NEAR_IN_DEMO)
def events() -> ResponseReturnValue:
    """``?after=<seq>&limit=<≤1000>``: the journal's events as they were published."""
    here = house()
    after, limit = _whole("after", 0, 2**62), _whole("limit", 100, MOST_EVENTS)
    published = current_app.extensions.get("motcua-published")
    if published is None:
        published = current_app.extensions["motcua-published"] = Published(here.data, here.zone)
    return Response(msgspec.json.encode(published.after(after, limit)), mimetype="application/json")


@page.get("/api/v1/openapi.json")
@door(Who.PUBLIC)
def openapi() -> ResponseReturnValue:
    """This interface, described by itself."""
    return jsonify(contract.openapi())
