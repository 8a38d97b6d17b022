"""The pages of one office, put together.

Rule 1: nothing is served by a route that does not declare who may use it.
Rule 2: no page shows a fault's insides; what went wrong is in the log.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable, Unauthorized

from firmware_config import looks
from firmware_config.settings import Settings
from hub.web import doors, words
from hub.web.guard import Guard, form_token
from hub.web.house import Desk, House, house, make_house
from hub.web.house import words as words_here
from hub.web.live import Live
from hub.web.pages import PAGES

log = logging.getLogger("hub.web")

LARGEST_BODY = 64 * 1024


class _OurFlask(Flask):
    """Static files have a route of their own, declared like all others."""

    def __init__(self) -> None:
        super().__init__("hub.web", static_folder=None, template_folder="templates")


def create_app(*, settings: Settings, loop: Desk, live: Live, data: Path, version: str, pid: int) -> Flask:
    """The pages of that office, as a WSGI app. Opens DATA/web.db; ``UndeclaredDoor`` for a route of nobody's."""
    app = _OurFlask()
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY, MAX_FORM_PARTS=100,
                      PROVIDE_AUTOMATIC_OPTIONS=False, TRAP_HTTP_EXCEPTIONS=False)
    here = make_house(settings=settings, loop=loop, live=live, data=data, version=version, pid=pid,
                      words=words.load())
    app.extensions["motcua"] = here
    app.extensions["motcua-looks"] = looks.css(looks.load())
    app.extensions["motcua-guard"] = Guard(app, here)
    for page in PAGES:
        app.register_blueprint(page)
    app.context_processor(lambda: _for_templates(here))
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(TimeoutError, _silent)
    app.register_error_handler(Exception, _failed)
    doors.check(app)
    return app


def _for_templates(here: House) -> dict[str, Any]:
    return {
        "t": words_here(), "here": here, "site": here.settings.site, "account": here.account(),
        "office": words_here().of(here.settings.site.names), "csrf": lambda: form_token(here),
        "theme": "dark" if request.args.get("theme") == "dark" else "light",
        "languages": [(lang, here.words[lang]("language.name"), _same_page(lang)) for lang in here.languages],
    }


def _same_page(language: str) -> str:
    return "?" + urlencode({**request.args.to_dict(), "lang": language})


# -- what went wrong, in words ----------------------------------------------------------------------

def _refused(wrong: HTTPException) -> ResponseReturnValue:
    code = wrong.code or 500
    if wrong.response is not None or code < 400:
        return wrong
    headers = {"Retry-After": str(wrong.retry_after)} if getattr(wrong, "retry_after", None) else {}
    if request.path.startswith("/api/") or request.path.startswith("/live") or request.is_json:
        return jsonify(error=_name(code), message=_said(code)), code, headers
    if isinstance(wrong, Unauthorized) and request.method == "GET":
        return redirect(f"/signin?{urlencode({'next': request.path})}", 303)
    return render_template("wrong.html", code=code, key=_key(code),
                           wait_s=headers.get("Retry-After")), code, headers


def _silent(wrong: TimeoutError) -> ResponseReturnValue:
    log.warning("%s %s: the hub gave no answer in time", request.method, request.path)
    return _refused(ServiceUnavailable())


def _failed(wrong: Exception) -> ResponseReturnValue:
    log.error("%s %s failed", request.method, request.path, exc_info=wrong)
    return _refused(InternalServerError())


def _key(code: int) -> str:
    return f"wrong.{code}" if words_here().has(f"wrong.{code}") else "wrong.other"


def _said(code: int) -> dict[str, str]:
    here = house()
    return {lang: here.words[lang](_key(code)) for lang in here.languages}


def _name(code: int) -> str:
    return {400: "bad-request", 401: "not-signed-in", 403: "not-allowed", 404: "not-found",
            405: "wrong-method", 413: "too-large", 429: "too-often", 503: "hub-silent"}.get(code, "failed")
