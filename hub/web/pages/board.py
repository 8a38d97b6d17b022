"""The wall: any browser as a TV."""

from __future__ import annotations

from flask import Blueprint, render_template

from hub.web.doors import Who, door
from hub.web.house import house, words

page = Blueprint("board", __name__)


@page.get("/board")
@door(Who.PUBLIC)
def board() -> str:
    """Who is called where; drawn by the page's script from ``state/board``."""
    here, t = house(), words()
    services = [{"id": s.id, "series": s.series, "name": t.of(s.names)} for s in here.settings.services]
    return render_template("board.html", services=services, said=t.section("board"),
                           first_lane=here.settings.site.lanes[0])
