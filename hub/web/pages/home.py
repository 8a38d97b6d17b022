"""Where to go."""

from __future__ import annotations

from flask import Blueprint, render_template

from hub.web.doors import Who, door
from hub.web.house import house

page = Blueprint("home", __name__)


@page.get("/")
@door(Who.PUBLIC)
def home() -> str:
    """The doors of the office, in plain words."""
    here = house()
    return render_template("home.html", counters=list(here.counters), accounts=here.settings.accounts)
