"""What stands before every page: the right name, the right person, the right form.

Rule 1: it runs for every request, before any view; what it does not let pass never reaches one.
Rule 2: no answer leaves without the headers that keep a browser from being turned against us.
"""

from __future__ import annotations

import secrets
import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, Forbidden, TooManyRequests, Unauthorized

from hub.web.doors import Door, Who, door_of
from hub.web.house import House

SAFE = frozenset({"GET", "HEAD"})
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Via")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
        "require-trusted-types-for 'script'"),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """The guard of one app."""

    def __init__(self, app: Flask, house: House) -> None:
        self._app, self._house = app, house
        self._names = {"localhost", socket.gethostname().lower()}
        self._public = (urlsplit(house.settings.site.public_url).hostname or "").lower()
        if self._public:
            self._names.add(self._public)
        app.before_request(self.before)
        app.after_request(self.after)

    # -- before ------------------------------------------------------------------------------------

    def before(self) -> None:
        """Look at a request; raises what it is refused with."""
        g.address, g.near, g.https = _where_from()
        g.session = None
        g.visitor, g.new_visitor = request.cookies.get(cookie("visitor"), ""), False
        self._check_name()
        declared = door_of(self._app, request.endpoint) if request.endpoint else None
        if declared is None:
            return                          # no such route: the 404 or 405 follows by itself
        self._find_session(declared)
        if declared.limit and request.method not in SAFE:
            self.limit(declared.limit)
        self._check_person(declared)
        if request.method not in SAFE:
            self._check_origin()
            self._check_form(declared)

    def _check_name(self) -> None:
        # A foreign name that was made to point at us (DNS rebinding) must not get a word. Bare addresses
        # can not be rebound.
        name = _name_of(request.host)
        if name in self._names:
            return
        try:
            ip_address(name)
        except ValueError:
            raise BadRequest("this office has another name") from None

    def _find_session(self, declared: Door) -> None:
        key = request.cookies.get(cookie("session"), "")
        session = self._house.sessions.find(key, touch=declared.touches) if key else None
        account = self._house.passwords.account(session.user) if session else None
        if session and account and account.role == session.role:
            g.session = session

    def limit(self, what: str) -> None:
        """Count one against the address; raises 429 with the seconds to wait."""
        wait_s = self._house.limits.wait_s(what, g.address)
        if wait_s:
            raise TooManyRequests(retry_after=wait_s)

    def _check_person(self, declared: Door) -> None:
        role = g.session.role if g.session else None
        match declared.who:
            case Who.PUBLIC:
                return
            case Who.NEAR if g.near:
                return
            case Who.NEAR_IN_DEMO if g.near and self._house.settings.site.demo:
                return
        if role is None:
            raise Unauthorized
        if declared.who is Who.HEAD and role != "head":
            raise Forbidden

    def _check_origin(self) -> None:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Forbidden("sent by a foreign page")
        origin = request.headers.get("Origin")
        # "null" is what a browser says for a form on a page that tells no referrer, such as /t/<code>; the
        # form token decides there.
        if origin in (None, "null"):
            return
        try:
            sender = urlsplit(origin).netloc
        except ValueError:
            sender = ""                     # such as "http://[": no browser says that
        if sender != request.host:
            raise Forbidden("sent by a foreign page")

    def _check_form(self, declared: Door) -> None:
        if not declared.form_token:
            if request.mimetype != "application/json":
                raise BadRequest("send JSON, with Content-Type: application/json")
            return
        key = g.session.key if g.session else g.visitor
        token = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
        if not key or not self._house.sessions.is_form_token(key, token):
            raise Forbidden("the form is too old")

    # -- after -------------------------------------------------------------------------------------

    def after(self, response: Response) -> Response:
        """Put the headers on an answer."""
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        if g.get("new_visitor"):
            set_cookie(response, "visitor", g.visitor)
        if g.get("chosen_language"):
            response.set_cookie("lang", g.chosen_language, max_age=365 * 86_400, samesite="Lax", path="/",
                                secure=g.https)
        if g.get("https") and self._public and _name_of(request.host) == self._public:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def _where_from() -> tuple[str, bool, bool]:
    """The asker's address, whether it is a program on this machine, whether it came by https.

    A proxy of ours stands on this machine and tells for whom it asks; what others tell is not believed.
    """
    address = request.remote_addr or ""
    loopback = address.startswith("127.") or address == "::1"
    if not loopback:
        return address, False, request.scheme == "https"
    forwarded = any(name in request.headers for name in _FORWARDED)
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    https = request.headers.get("X-Forwarded-Proto", request.scheme) == "https"
    return (told or address)[:64], not forwarded, https


def _name_of(host: str) -> str:
    """The name in a Host header, without its port."""
    return (urlsplit(f"//{host}").hostname or "").lower()


def cookie(name: str) -> str:
    """The cookie's full name; under https no other name of the domain can plant it (``__Host-``)."""
    return f"__Host-motcua-{name}" if g.https else f"motcua-{name}"


def set_cookie(response: Response, name: str, value: str) -> None:
    """A cookie that scripts can not read and foreign pages can not use; it ends with the browser."""
    response.set_cookie(cookie(name), value, httponly=True, samesite="Strict", secure=g.https, path="/")


def drop_cookie(response: Response, name: str) -> None:
    """Forget a cookie."""
    response.delete_cookie(cookie(name), httponly=True, samesite="Strict", secure=g.https, path="/")


def form_token(house: House) -> str:
    """The token for the forms of this page; a stranger's browser gets a name of its own for that."""
    if g.session:
        return house.sessions.form_token(g.session.key)
    if not g.visitor:
        g.visitor, g.new_visitor = secrets.token_urlsafe(24), True
    return house.sessions.form_token(g.visitor)
