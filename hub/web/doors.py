"""Who may use which route; a route that does not say so keeps the pages from starting.

Rule 1: denied unless declared. ``check`` refuses an app with an undeclared route.
Rule 2: what changes something carries a form token and comes from our own pages, or is no form at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask

_View = TypeVar("_View", bound=Callable[..., Any])


class Who(StrEnum):
    """Who may use a route."""

    PUBLIC = "public"
    NEAR = "near"
    """A program on this machine, or somebody signed in."""
    NEAR_IN_DEMO = "near-in-demo"
    """Somebody signed in; in the demo also a program on this machine."""
    STAFF = "staff"
    """Somebody signed in, clerk or head."""
    HEAD = "head"


@dataclass(frozen=True, slots=True)
class Door:
    """How one route may be used.

    ``form_token`` false: it asks for no token, because it takes only JSON, which no foreign page can
    send without being asked first. ``limit`` names a rate of ``hub.web.limits``; ``touches`` false:
    a page asks by itself, which keeps nobody signed in.
    """

    who: Who
    form_token: bool = True
    limit: str | None = None
    touches: bool = True


class UndeclaredDoor(RuntimeError):
    """A route that does not say who may use it."""


def door(
    who: Who, *, form_token: bool = True, limit: str | None = None, touches: bool = True,
) -> Callable[[_View], _View]:
    """Declare who may use a route; stands directly above the function."""
    declared = Door(who, form_token, limit, touches)

    def declare(view: _View) -> _View:
        view.door = declared  # type: ignore[attr-defined]  # a mark on the view itself
        return view

    return declare


def door_of(app: Flask, endpoint: str) -> Door | None:
    """What the route of that endpoint declares."""
    found = getattr(app.view_functions.get(endpoint), "door", None)
    return found if isinstance(found, Door) else None


def check(app: Flask) -> None:
    """Refuse an app with a route that does not say who may use it."""
    open_doors = sorted({str(rule) for rule in app.url_map.iter_rules() if door_of(app, rule.endpoint) is None})
    if open_doors:
        raise UndeclaredDoor(f"{', '.join(open_doors)}: say who may use it with @door(Who.…) above the function")
