"""Who asks, and whether that one may ask this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.queueing.floor import Floor
from wire.codes import COUNTER_COMMANDS, MAY_SEND, Role

_OWN_TICKET = ("cancel-ticket", "postpone")
_PHONE = ("take-ticket", "cancel-ticket", "postpone", "rate")
_EVERYTHING = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Principal:
    """One who asks: a device at its topic, or a page.

    ``role`` is the device's from the settings, ``"phone"`` for a public page, ``None`` for a device
    that the settings do not know (``trusted``: it may do everything, in the demo). ``counter`` is
    the counter of a box or tablet. ``user`` and ``user_role`` (``clerk``, ``head``) are of a
    signed-in page. ``code_ticket`` is the one ticket whose public code a phone holds.
    """

    device: str
    role: str | None = None
    counter: int | None = None
    user: str | None = None
    user_role: str | None = None
    code_ticket: str | None = None
    trusted: bool = False

    @property
    def sender(self) -> str:
        """Under which name the answers are kept for a repeated id. The public pages and those of the staff
        are one device, but one must not be told what the other was answered; no device has a ``/``."""
        return f"{self.device}/phone" if self.role == "phone" else self.device


def _allowed_commands(who: Principal) -> frozenset[str]:
    if who.role is None:
        return _EVERYTHING if who.trusted else frozenset()
    if who.role == "phone":
        return frozenset(_PHONE)
    commands = MAY_SEND[Role(who.role)]
    if who.user_role in ("clerk", "head"):
        commands |= frozenset(COUNTER_COMMANDS)
    if who.user_role == "head":
        commands |= {"correct-visit"}
    return commands


def may(who: Principal, command: str, raw: dict[str, Any], floor: Floor) -> bool:
    """Whether this one may send this command, about this counter or ticket.

    It looks at the fields as they came, before they are checked: what is missing or malformed is
    left to the check of the fields.
    """
    allowed = _allowed_commands(who)
    if allowed is _EVERYTHING:
        return True
    if command not in allowed:
        return False
    counter, name = raw.get("counter"), raw.get("ticket")
    if who.role == "phone" and command != "take-ticket":
        return name == who.code_ticket and who.code_ticket is not None
    if who.role == Role.KIOSK and command in _OWN_TICKET:
        ticket = floor.tickets.get(name) if isinstance(name, str) else None
        return ticket is None or ticket.device == who.device
    if who.role == Role.TABLET:
        ticket = floor.tickets.get(name) if isinstance(name, str) else None
        served_at = ticket.counter if ticket is not None else None
        return counter in (None, who.counter) and served_at in (None, who.counter)
    if who.role == Role.COUNTER and command in COUNTER_COMMANDS:
        return counter is None or counter == who.counter
    if who.user_role == "clerk" and command in COUNTER_COMMANDS:
        if command == "open-counter":
            return raw.get("clerk") in (None, who.user)
        held = floor.counters.get(counter) if isinstance(counter, int) else None
        return counter is None or (held is not None and held.clerk == who.user and held.mode != "closed")
    return True
