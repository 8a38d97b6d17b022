"""The pages, one blueprint each; a new page is one module and one line here."""

from __future__ import annotations

from hub.web.pages import (
    api,
    board,
    counter,
    files,
    home,
    machine,
    rate,
    signin,
    stats,
    stream,
    take,
    turn,
)

PAGES = (
    home.page, board.page, take.page, turn.page, rate.page, counter.page, stats.page, signin.page,
    stream.page, api.page, machine.page, files.page,
)
