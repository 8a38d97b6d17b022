"""One example of each message, every field filled: what tests/golden/wire.json is made of.

`python -m tests.wire.examples > tests/golden/wire.json` freezes them anew. That is a decision: whatever
differs there differs for every device that is already on a wall.
"""

import json
import sys
from typing import Any

from wire import codec
from wire.codes import Refusal
from wire.commands import ALL as COMMANDS
from wire.commands import TO_DEVICES, ReportedTicket
from wire.events import ALL as EVENTS
from wire.events import Private
from wire.messages import (
    BoardCall,
    BoardCounter,
    BoardState,
    CounterState,
    CounterTicket,
    DeviceStatus,
    Health,
    HubStatus,
    LastFinished,
    Reply,
    ServicesState,
    ServiceState,
    Ticket,
    Upcoming,
    Wait,
)

AT = "2026-03-02T08:00:00.250+07:00"
TICKET = Ticket(
    id="01J9ZC7Q3V", number="A001", service="chung-thuc", lane="priority", issued_at=AT, ahead=2,
    wait=Wait(240.0, 420.0, 780.0), counters=[1, 2], zone="tang-1",
    track="http://127.0.0.1:8080/t/abcdefgh23456777", state="waiting", stage=1)
_SAME = {"id": "kiosk1-00000001", "at": AT, "beat": 4102}
_T: dict[str, Any] = {"ticket": "01J9ZC7Q3V"}
_SEEN = {"at_counter": "01J9ZC7Q3V"}

_COMMAND_FIELDS: dict[str, dict[str, Any]] = {
    "take-ticket": {"service": "chung-thuc", "lane": "priority", "language": "vi", "procedure": "2.000815",
                    "channel": "kiosk", "then": ["ho-tich"]},
    "check-in": {"code": "HEN-7Q3V"},
    "reserve-numbers": {"service": "chung-thuc", "count": 10, "day": "today"},
    "report-tickets": {"tickets": [ReportedTicket(
        id="01J9ZC7Q3W", number="A900", service="chung-thuc", lane="normal", code="abcdefgh23456777",
        day="2026-03-02", age_s=61.5, instead_of="kiosk1-00000002")]},
    "cancel-ticket": _T, "set-lane": {**_T, "lane": "priority"}, "restore": _T, "postpone": {**_T, "by": 3},
    "reprint": _T,
    "open-counter": {"counter": 1, "clerk": "can-bo-1", "services": ["chung-thuc"]},
    "pause-counter": {"counter": 1, "reason": "break"}, "close-counter": {"counter": 1, "reason": "other"},
    "call-next": {"counter": 1, "service": "chung-thuc", **_SEEN},
    "call-ticket": {"counter": 1, **_T, "at_counter": None},
    "recall": {"counter": 1}, "start-service": {"counter": 1},
    "finish": {"counter": 1, "outcome": "received", **_SEEN}, "no-show": {"counter": 1, **_SEEN},
    "hold": {"counter": 1, **_SEEN, "note": "đợi bản sao"}, "resume": {"counter": 1, **_T},
    "transfer": {"counter": 1, "service": "ho-tich", "to_counter": 2, "note": "thiếu giấy khai sinh",
                 "keep_place": True, **_SEEN},
    "walk-up": {"counter": 1, "service": "chung-thuc"}, "undo": {"counter": 1},
    "rate": {"score": 5, **_T, "counter": 1, "reasons": ["thai-do"], "comment": "Rất tốt", "channel": "tablet"},
    "answer-survey": {"survey": "quy-1", "answers": {"q1": 4}, **_T},
    "request-help": {"place": "kiosk-1", "reason": "wheelchair"},
    "answer-help": {"place": "kiosk-1", "reason": "wheelchair"},
    "ticket-printed": _T, "print-failed": {**_T, "error": "paper-out"}, "lookup-missed": {"query": "đổi bằng lái"},
    "correct-visit": {**_T, "field": "outcome", "value": "advised", "reason": "bấm nhầm"},
}
_DEVICE_COMMAND_FIELDS: dict[str, dict[str, Any]] = {
    "print-ticket": {"ticket": codec.read_object(codec.encode(TICKET)), "copy": False, "valid_s": 30.0},
    "announce": {"texts": {"vi": "Mời quý khách", "en": "Please come in"}}, "identify": {}, "reload": {},
}

_STAMP = {"epoch": "e1f2a3b4", "seq": 17, "at": AT, "device": "counter-1", "command_id": "counter1-0000001"}
_ABOUT: dict[str, Any] = {**_T, "number": "A001", "service": "chung-thuc", "lane": "priority"}
_HERE = {**_ABOUT, "counter": 1}
_EVENT_FIELDS: dict[str, dict[str, Any]] = {
    "day-opened": {"day": "2026-03-02"}, "day-closed": {"day": "2026-03-02"},
    "session-closed": {"day": "2026-03-02", "session": "morning"},
    "counter-opened": {"counter": 1}, "counter-paused": {"counter": 1}, "counter-closed": {"counter": 1},
    "numbers-reserved": {"service": "chung-thuc", "day": "2026-03-02", "numbers": ["A900", "A901"]},
    "ticket-issued": {**_ABOUT, "channel": "kiosk"}, "ticket-printed": _ABOUT,
    "print-failed": {**_ABOUT, "error": "paper-out"},
    "ticket-called": {**_HERE, "call": 9, "times": 1, "wait_s": 241.5},
    "ticket-recalled": {**_HERE, "call": 10, "times": 2}, "service-started": {**_HERE, "started_at": AT},
    "service-finished": {**_HERE, "outcome": "received", "service_s": 310.0},
    "ticket-missed": {**_HERE, "times": 3}, "ticket-held": _HERE, "ticket-resumed": _HERE,
    "ticket-restored": _ABOUT, "ticket-transferred": {**_HERE, "to_service": "ho-tich", "to_counter": 2},
    "ticket-postponed": {**_ABOUT, "by": 3}, "lane-set": _ABOUT, "ticket-cancelled": _ABOUT,
    "ticket-expired": _ABOUT, "action-undone": {"counter": 1, "undone": [15, 16]},
    "visit-rated": {**_HERE, "score": 5, "channel": "tablet"}, "rating-set-aside": _ABOUT,
    "survey-answered": {"survey": "quy-1"}, "visit-corrected": {**_ABOUT, "field": "outcome"},
    "help-requested": {"place": "kiosk-1"}, "help-answered": {"place": "kiosk-1"}, "lookup-missed": {},
    "appointment-booked": {"service": "chung-thuc"}, "appointment-cancelled": {"service": "chung-thuc"},
    "clock-adjusted": {"step_s": -3.5}, "settings-changed": {"digest": "9f86d081"}, "signed-in": {}, "exported": {},
}
_NAMES = {"vi": "Chứng thực", "en": "Certification"}
_TRUE = {"at": AT, "epoch": "e1f2a3b4", "seq": 17}

EXAMPLES: dict[str, Any] = {
    **{f"command/{n}": COMMANDS[n](**{**_SAME, **f}) for n, f in _COMMAND_FIELDS.items()},
    **{f"device-command/{n}": TO_DEVICES[n](id="hub-00000001", **f) for n, f in _DEVICE_COMMAND_FIELDS.items()},
    **{f"event/{n}": EVENTS[n](**{**_STAMP, **f}) for n, f in _EVENT_FIELDS.items()},
    "event/private": Private(epoch="e1f2a3b4", seq=18, at=AT),
    "reply/take-ticket": Reply(id="kiosk1-00000001", ok=True, ticket=TICKET),
    "reply/nobody-waits": Reply(id="counter1-0000001", ok=True, ticket=None),
    "reply/open-counter": Reply(id="counter1-0000001", ok=True, counter=1),
    "reply/recall": Reply(id="counter1-0000001", ok=True, ticket=TICKET, times=2),
    "reply/rate": Reply(id="tablet1-00000001", ok=True, counted=True),
    "reply/reserve-numbers": Reply(id="kiosk1-00000001", ok=True, numbers=["A900", "A901"], day="2026-03-02"),
    "reply/report-tickets": Reply(id="kiosk1-00000001", ok=True, accepted=[TICKET],
                                  rejected=[{"id": "01J9ZC7Q3X", "why": "too-late"}]),
    "reply/refused": Reply(id="counter1-0000001", ok=False, refusal=Refusal.COUNTER_BUSY,
                           message={"vi": "Quầy đang phục vụ", "en": "The counter is busy"}),
    "reply/unreadable": Reply(id=None, ok=False, refusal=Refusal.BAD_MESSAGE, message={"vi": "", "en": ""}),
    "status/hub": HubStatus(online=True, version="0.1.0", since=AT, epoch="e1f2a3b4", seq=17, beat=4102, at=AT),
    "status/hub-gone": HubStatus(online=False),
    "status/device": DeviceStatus(online=True, role="printer", version="0.1.0", since=AT,
                                  health=Health(paper="low", cover="closed", error=None)),
    "status/device-gone": DeviceStatus(online=False),
    "state/services": ServicesState(**_TRUE, services=[
        ServiceState(service="chung-thuc", series="A", names=_NAMES, open=True, why=None, waiting=3,
                     wait=Wait(240.0, 420.0, 780.0), lanes=["normal", "priority"]),
        ServiceState(service="ho-tich", series="B", names=_NAMES, open=False, why="cut-off", waiting=0,
                     wait=None, lanes=["normal", "priority"])]),
    "state/board": BoardState(
        **_TRUE,
        calls=[BoardCall(call=9, at=AT, ticket="01J9ZC7Q3V", number="A001", lane="priority", counter=1,
                         zone="tang-1", times=1)],
        counters=[BoardCounter(counter=1, zone="tang-1", open=True, why=None, stage="called", number="A001",
                               lane="priority", names={"vi": "Quầy 1", "en": "Counter 1"})],
        upcoming=[Upcoming(service="chung-thuc", numbers=["A002", "A003"])], waiting={"chung-thuc": 2},
        notices=[{"vi": "Nghỉ trưa lúc 11:30", "en": "Lunch break at 11:30"}]),
    "state/counter": CounterState(
        **_TRUE, counter=1, zone="tang-1", open=True, why=None, stage="called",
        ticket=CounterTicket(id="01J9ZC7Q3V", number="A001", service="chung-thuc", lane="priority"),
        last=LastFinished(id="01J9ZC7Q3U", number="A000", finished_at=AT), callable=2),
}


if __name__ == "__main__":
    frozen = {name: codec.encode(message).decode() for name, message in EXAMPLES.items()}
    json.dump(frozen, sys.stdout, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")
