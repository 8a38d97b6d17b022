"""Style, scripts, fonts: files that are the same for everybody."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, send_from_directory

from hub.web.doors import Who, door

page = Blueprint("files", __name__)

_FONTS_KEPT_S = 30 * 86_400


@page.get("/static/tokens.css", endpoint="tokens")
@door(Who.PUBLIC)
def tokens() -> Response:
    """The looks as a style sheet, made from firmware_config/looks.toml."""
    return Response(current_app.extensions["motcua-looks"], mimetype="text/css",
                    headers={"Cache-Control": "no-cache"})


@page.get("/static/<path:name>", endpoint="static")
@door(Who.PUBLIC)
def static(name: str) -> Response:
    """A file. Fonts are kept for a month; the rest is asked for again, and mostly answered 304."""
    response = send_from_directory(f"{current_app.root_path}/static", name, max_age=0)
    if name.startswith("fonts/"):
        response.headers["Cache-Control"] = f"public, max-age={_FONTS_KEPT_S}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response


@page.get("/robots.txt")
@door(Who.PUBLIC)
def robots() -> Response:
    """No page of an office belongs in a search engine."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@page.get("/favicon.ico")
@door(Who.PUBLIC)
def favicon() -> Response:
    """The small picture of the browser's tab."""
    return send_from_directory(f"{current_app.root_path}/static", "icon.svg", mimetype="image/svg+xml")
