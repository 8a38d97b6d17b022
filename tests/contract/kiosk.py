"""What a kiosk does that gives numbers while the hub is away: reserve, give, report."""

from __future__ import annotations

import base64
import json
import secrets
import time
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from tests.contract import laws
from tests.contract.office import Office

OLD_S = 6 * 3600.0
"""An age that is certainly before anything a test did."""


def office_date(days: int = 0) -> str:
    """Today's date in the demo (+07:00), or that of so many days later."""
    return (datetime.now(timezone(timedelta(hours=7))) + timedelta(days=days)).date().isoformat()


def a_code(letters: int = 20) -> str:
    """A public code as a kiosk makes it up: random base32."""
    return base64.b32encode(secrets.token_bytes(64)).decode().lower()[:letters]


class Kiosk:
    """One device with numbers of its own; unless named it is one that nobody knows, and may do everything."""

    def __init__(self, office: Office, name: str = "") -> None:
        self.office = office
        self.name = name or f"kiosk-{uuid.uuid4().hex[:10]}"
        self.day = office_date()
        self.answered_at = time.monotonic()

    def reserve(self, count: int = 1, service: str = "chung-thuc", **fields: Any) -> list[str]:
        """Numbers as printed. From now on the hub has heard of this kiosk."""
        reply = self.office.ok("reserve-numbers", via=self.name, service=service, count=count, **fields)
        self.answered_at = time.monotonic()
        numbers: list[str] = laws.has(reply, ("numbers", "day"), "the reply to reserve-numbers")["numbers"]
        assert all(laws.is_number(number, laws.SERVICES[service]) for number in numbers), reply
        self.day = reply["day"]
        return numbers

    def slip(self, number: str, service: str = "chung-thuc", **fields: Any) -> dict[str, Any]:
        """What is reported of one ticket that this kiosk gave by itself."""
        code = a_code()
        self.office.secrets.add(code)
        return {"id": f"slip-{uuid.uuid4().hex[:16]}", "number": number, "service": service, "lane": "normal",
                "code": code, "day": self.day, "age_s": 0.0, **fields}  # fmt: skip

    def report(self, *slips: dict[str, Any], **fields: Any) -> dict[str, Any]:
        """The reply to a report, whose shape is checked."""
        reply = self.office.ok("report-tickets", via=self.name, tickets=list(slips), **fields)
        laws.has(reply, ("accepted", "rejected"), "the reply to report-tickets")
        for ticket in reply["accepted"]:
            laws.check_ticket(ticket)
        for rejected in reply["rejected"]:
            assert laws.has(rejected, ("id", "why"), "rejected")["why"] in laws.REFUSALS, rejected
        return reply

    def hands_in(self, *slips: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
        """The tickets of a report of which each one is accepted, in the order of the report."""
        reply = self.report(*slips, **fields)
        assert reply["rejected"] == [], reply
        assert [ticket["id"] for ticket in reply["accepted"]] == [slip["id"] for slip in slips]
        found: list[dict[str, Any]] = reply["accepted"]
        return found


def issued(events: Iterable[dict[str, Any]], ticket: str) -> dict[str, Any]:
    """The one ticket-issued of that ticket."""
    (event,) = [e for e in events if e["event"] == "ticket-issued" and e["ticket"] == ticket]
    return event


def is_flagged(event: dict[str, Any]) -> bool:
    """Whether the event says that something is odd about the number (the page does not name the field)."""
    return bool(event.get("flags") or event.get("flag"))


def says(event: dict[str, Any], word: str) -> bool:
    """Whether a word stands anywhere in the event as a value of its own."""
    return json.dumps(word) in json.dumps(event)
