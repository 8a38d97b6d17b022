"""Sign in, sign out. A wrong password costs time, the same whether or not somebody of that name exists."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from werkzeug.exceptions import TooManyRequests

from hub.queueing.events import SignedIn
from hub.web.doors import Who, door
from hub.web.guard import drop_cookie, set_cookie
from hub.web.house import House, house, words
from hub.web.sessions import Session

page = Blueprint("signin", __name__)


def try_sign_in(here: House, user: str, password: str) -> Session | None:
    """A new session where the password is right. ``TooManyRequests`` where it may not be tried yet."""
    wait_s = here.sessions.delay_s(user, g.address)
    if wait_s:
        raise TooManyRequests(retry_after=wait_s)
    account = here.passwords.check(user, password)
    if account is None:
        here.sessions.failed(user, g.address)
        return None
    here.sessions.succeeded(user, g.address)
    if g.session:
        here.sessions.end(g.session.key)
    session = here.sessions.begin(account.user, account.role, g.address)
    # A journal that can not be written must not keep anybody out: the counter may be what repairs it.
    with suppress(TimeoutError, OSError):
        here.loop.note(SignedIn(user=account.user, address=g.address))
    return session


def _next() -> str:
    """Where to go afterwards: a path of ours, never another site."""
    wanted = request.values.get("next", "")
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return ""                           # such as "//[": no address at all
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.netloc
    return wanted if ours and "\\" not in wanted and wanted.isprintable() else ""


@page.get("/signin")
@door(Who.PUBLIC)
def form() -> ResponseReturnValue:
    """Name and password."""
    return render_template("signin.html", next=_next(), user="", wrong="")


@page.post("/signin")
@door(Who.PUBLIC, limit="sign-in")
def sign_in() -> ResponseReturnValue:
    """Sign in, then go to one's work: a clerk to the counter, a head to the figures."""
    here, user = house(), request.form.get("user", "").strip()[:64]
    try:
        session = try_sign_in(here, user, request.form.get("password", ""))
    except TooManyRequests as wait:
        return render_template("signin.html", next=_next(), user=user,
                               wrong=words()("signin.wait", wait=words().minutes(float(str(wait.retry_after))))
                               ), 429, {"Retry-After": str(wait.retry_after)}
    if session is None:
        return render_template("signin.html", next=_next(), user=user, wrong=words()("signin.wrong")), 401
    response: Response = redirect(  # type: ignore[assignment]  # werkzeug's is flask's here
        _next() or ("/stats" if session.role == "head" else "/counter"), 303)
    set_cookie(response, "session", session.key)
    return response


@page.post("/signout")
@door(Who.STAFF)
def sign_out() -> ResponseReturnValue:
    """Sign out; the cookie is worth nothing from now on."""
    house().sessions.end(g.session.key)
    response: Response = redirect("/", 303)  # type: ignore[assignment]  # werkzeug's is flask's here
    drop_cookie(response, "session")
    return response
