"""What the lamps of a kiosk say, for people who have no screen, or do not read.

A board may have one lamp for all (``ready``, ``taken``, ``sorry``) and one in each service's button:
lit: press here; fast: the number is coming; slow: there is none, ask somebody; dark: not now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kiosk.flow import Flow
from kiosk.stages import Choosing, Sorry, Taken, Waiting

HELP = "help"


def patterns(flow: Flow, buttons: Mapping[str, str], names: Iterable[str], *, spare: bool) -> dict[str, str]:
    """The pattern of each lamp; ``buttons``: service by button. ``spare``: reserved numbers are at hand."""
    stage = flow.stage
    dead = (flow.lost and not spare) or (not flow.place.screen and flow.paper_out)
    shown: dict[str, str] = {
        "ready": "off" if not isinstance(stage, Choosing) else "slow" if dead else "on",
        "taken": "fast" if isinstance(stage, Waiting) else "on" if isinstance(stage, Taken) else "off",
        "sorry": "on" if isinstance(stage, Sorry) else "slow" if dead else "off",
        HELP: "fast" if flow.guide_called else "on",
    }
    for button, service in buttons.items():
        shown[button] = _button(flow, service, dead=dead)
    return {name: shown.get(name, "off") for name in names}


def _button(flow: Flow, service: str, *, dead: bool) -> str:
    match flow.stage:
        case Choosing():
            return "off" if service in flow.closed else "slow" if dead else "on"
        case Waiting(service=asked):
            return "fast" if asked == service else "off"
        case Taken(ticket=ticket):
            return "on" if ticket.service == service else "off"
        case Sorry(service=asked):
            return "slow" if asked == service else "off"
    return "off"
