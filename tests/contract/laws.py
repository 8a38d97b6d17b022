"""What wire.md says of every message, and the shapes of its payloads.

Shapes are checked for the keys that must be there: the contract grows by adding, so more is allowed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from tests.contract.line import Heard

KIB = 1024
LANGUAGES = {"vi", "en"}
SERVICES = {
    "chung-thuc": "A", "ho-tich": "B", "dat-dai": "C", "kinh-te": "K", "chinh-sach": "E", "nhan-ket-qua": "H",
}  # fmt: skip
REFUSALS = {
    "bad-message", "too-large", "not-supported", "not-allowed", "unknown-service", "unknown-counter",
    "unknown-ticket", "service-closed", "outside-hours", "limit-reached", "counter-closed", "counter-busy",
    "counter-idle", "counter-changed", "nobody-waiting", "not-waiting", "not-finished", "already-rated",
    "too-late", "storage-failed",
}  # fmt: skip
TICKET = (
    "id", "number", "service", "lane", "issued_at", "ahead", "wait", "counters", "zone", "track", "state", "stage",
)  # fmt: skip
TICKET_STATES = {"waiting", "called", "serving", "held", "missed", "finished", "cancelled", "expired"}
WHY = {"paused", "closed", "hours", "cut-off", "limit", "roster", "holiday"}
ABOUT_A_TICKET = {
    "ticket-issued", "ticket-called", "ticket-recalled", "service-started", "service-finished", "ticket-missed",
    "ticket-restored", "ticket-cancelled", "visit-rated", "ticket-printed", "print-failed",
}  # fmt: skip
AT_A_COUNTER = {
    "counter-opened", "counter-paused", "counter-closed", "ticket-called", "ticket-recalled", "service-started",
    "service-finished", "ticket-missed",
}  # fmt: skip
NEVER_TRAVELS = {
    "code", "codes", "comment", "comments", "note", "notes", "clerk", "clerks", "reason", "reasons",
    "contact", "contacts",
}  # fmt: skip
TIMES = {"at", "since", "issued_at", "called_at", "started_at", "finished_at", "rated_at"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d")
_ID = re.compile(r"[a-z0-9-]{1,32}")
_NUMBER = re.compile(r"[A-Z0-9]\d{3,}")


def is_time(value: object) -> bool:
    """ISO 8601 with offset and milliseconds."""
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def is_id(value: object) -> bool:
    """`[a-z0-9-]{1,32}`."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def is_number(value: object, series: str = "") -> bool:
    """A ticket number: one letter or digit, then at least three digits."""
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None and value.startswith(series)


def is_day(value: object) -> bool:
    """A date such as 2026-11-22."""
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None


def is_texts(value: object) -> bool:
    """`{<language>: <text>}` for the demo's languages, none of them empty."""
    return (
        isinstance(value, dict)
        and set(value) == LANGUAGES
        and all(isinstance(text, str) and text for text in value.values())
    )


def is_count(value: object) -> bool:
    """A whole number from 0."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def has(found: object, keys: Iterable[str], what: str) -> dict[str, Any]:
    """`found` as an object that carries these keys."""
    assert isinstance(found, dict), f"{what} is no object: {found!r}"
    missing = set(keys) - set(found)
    assert not missing, f"{what} lacks {sorted(missing)}: {found}"
    return found


def check_wait(wait: object) -> None:
    """`{"low_s", "likely_s", "high_s"}` or null."""
    if wait is not None:
        found = has(wait, ("low_s", "likely_s", "high_s"), "wait")
        assert 0 <= found["low_s"] <= found["likely_s"] <= found["high_s"], f"wait is out of order: {wait}"


def check_ticket(ticket: object) -> dict[str, Any]:
    """The `ticket` of a reply."""
    found = has(ticket, TICKET, "ticket")
    assert isinstance(found["id"], str) and found["id"], found
    assert is_number(found["number"], SERVICES[found["service"]]), found
    assert found["lane"] in ("normal", "priority"), found
    assert is_time(found["issued_at"]), found
    assert is_count(found["ahead"]), found
    check_wait(found["wait"])
    assert isinstance(found["counters"], list) and all(is_count(n) for n in found["counters"]), found
    assert is_id(found["zone"]), found
    assert found["track"] is None or (isinstance(found["track"], str) and found["track"]), found
    assert found["state"] in TICKET_STATES, found
    assert isinstance(found["stage"], int) and found["stage"] >= 1, found
    return found


def check_refusal(reply: dict[str, Any], refusal: str) -> None:
    """`{"id", "ok": false, "refusal", "message": texts}` with that refusal."""
    has(reply, ("id", "ok", "refusal", "message"), "a refusal")
    assert reply["ok"] is False, reply
    assert reply["refusal"] == refusal, f"expected {refusal}: {reply}"
    assert reply["refusal"] in REFUSALS, reply
    assert is_texts(reply["message"]), f"message is no texts in {LANGUAGES}: {reply}"


def check_open(found: dict[str, Any]) -> None:
    """`open` is true or false; `why` names the reason when it is not open."""
    assert isinstance(found["open"], bool), found
    if not found["open"]:
        assert found["why"] in WHY, found


def check_services(state: dict[str, Any]) -> None:
    """state/services."""
    assert isinstance(state["services"], list), state
    for service in state["services"]:
        has(service, ("service", "series", "names", "open", "why", "waiting", "wait", "lanes"), "a service")
        assert is_id(service["service"]) and is_texts(service["names"]) and is_count(service["waiting"]), service
        check_open(service)
        check_wait(service["wait"])


def check_board(state: dict[str, Any]) -> None:
    """state/board."""
    has(state, ("calls", "counters", "upcoming", "waiting", "notices"), "state/board")
    assert len(state["calls"]) <= 20, "more than the last 20 calls"
    for call in state["calls"]:
        has(call, ("call", "at", "ticket", "number", "lane", "counter", "zone", "times"), "a call")
        assert is_count(call["call"]) and is_number(call["number"]) and isinstance(call["ticket"], str), call
        assert isinstance(call["times"], int) and call["times"] >= 1, call
    for counter in state["counters"]:
        has(counter, ("counter", "zone", "open", "why", "stage", "number", "lane", "names"), "a counter")
        check_open(counter)
        assert counter["stage"] in ("idle", "called", "serving") and is_texts(counter["names"]), counter
    for row in state["upcoming"]:
        has(row, ("service", "numbers"), "upcoming")
        assert all(is_number(number, SERVICES[row["service"]]) for number in row["numbers"]), row
    assert all(is_id(key) and is_count(n) for key, n in state["waiting"].items()), state["waiting"]
    assert all(is_texts(notice) for notice in state["notices"]), state["notices"]


def check_counter(state: dict[str, Any], counter: int) -> None:
    """state/counter/<n>."""
    has(state, ("counter", "zone", "open", "why", "stage", "ticket", "last", "callable"), "state/counter")
    assert state["counter"] == counter and is_id(state["zone"]) and is_count(state["callable"]), state
    check_open(state)
    assert state["stage"] in ("idle", "called", "serving"), state
    assert (state["ticket"] is None) == (state["stage"] == "idle"), state
    if state["ticket"] is not None:
        has(state["ticket"], ("id", "number", "service", "lane"), "the ticket at a counter")
    if state["last"] is not None:
        last = has(state["last"], ("id", "number", "finished_at"), "the last ticket of a counter")
        assert is_time(last["finished_at"]), state


def check_state(topic: str, state: dict[str, Any]) -> None:
    """Any state of this stage."""
    has(state, ("at", "epoch", "seq"), topic)
    assert isinstance(state["epoch"], str) and state["epoch"] and is_count(state["seq"]), state
    if topic == "state/services":
        check_services(has(state, ("services",), topic))
    elif topic == "state/board":
        check_board(state)
    elif topic.startswith("state/counter/"):
        check_counter(state, int(topic.rpartition("/")[2]))


def check_status(status: dict[str, Any]) -> None:
    """hub/status of a living hub; the last will only needs to say offline."""
    assert isinstance(has(status, ("online",), "hub/status")["online"], bool), status
    if status["online"]:
        has(status, ("online", "version", "since", "epoch", "seq", "beat", "at"), "hub/status")
        assert isinstance(status["version"], str) and isinstance(status["epoch"], str), status
        assert is_count(status["beat"]) and is_count(status["seq"]), status


def check_event(topic: str, event: dict[str, Any]) -> None:
    """One event: its envelope, its topic, what it must carry."""
    has(event, ("epoch", "seq", "at", "event"), topic)
    assert isinstance(event["epoch"], str) and is_count(event["seq"]), event
    assert topic == f"event/{event['event']}", f"{topic} carries {event}"
    if event["event"] == "private":
        assert set(event) == {"epoch", "seq", "at", "event"}, f"a private event tells more: {event}"
    if event["event"] in ABOUT_A_TICKET:
        has(event, ("ticket", "number", "service", "lane"), topic)
        assert isinstance(event["ticket"], str), f"{topic}: ticket is not the id: {event}"
        assert is_number(event["number"], SERVICES[event["service"]]), event
    if event["event"] == "numbers-reserved":
        found = has(event, ("service", "day", "numbers"), topic)
        assert is_day(found["day"]), event
        assert all(is_number(number, SERVICES[event["service"]]) for number in found["numbers"]), event
    if event["event"] in AT_A_COUNTER:
        assert is_count(has(event, ("counter",), topic)["counter"]), event


def check_slip(topic: str, body: dict[str, Any]) -> None:
    """`print-ticket` `{"id", "command", "ticket", "copy": bool, "valid_s": 30}`; less is left of it on a resend."""
    has(body, ("id", "command", "ticket", "copy", "valid_s"), topic)
    assert isinstance(body["id"], str) and re.fullmatch(r"[A-Za-z0-9_-]{8,64}", body["id"]), body
    assert isinstance(body["copy"], bool), body
    assert 0 < body["valid_s"] <= 30, body
    check_ticket(body["ticket"])


def walk(found: object) -> Iterator[tuple[str, object]]:
    """Every (key, value) in a JSON value, at any depth."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield key, value
            yield from walk(value)
    elif isinstance(found, list):
        for value in found:
            yield from walk(value)


def check_private(topic: str, body: object, raw: str, secrets: Iterable[str]) -> None:
    """Roles: 'Public codes, comments, notes, clerks, reasons and contacts are never in MQTT state or events.'"""
    told = {key for key, _ in walk(body)} & NEVER_TRAVELS
    assert not told, f"{topic} carries {sorted(told)}: {raw}"
    for secret in secrets:
        assert secret not in raw, f"{topic} carries {secret!r}: {raw}"


def check_all(messages: Iterable[Heard], secrets: Iterable[str], *, qos: bool) -> None:
    """Each message the hub published obeys the table of Topics. `qos`: the broker shows the QoS it was sent with."""
    secrets = sorted(secrets)
    for heard in messages:
        topic = heard.topic
        ours = topic.startswith(("event/", "state/", "hub/status")) or (
            topic.startswith("device/") and topic.endswith(("/reply", "/command"))
        )
        if not ours or not heard.payload:
            continue
        raw = heard.payload.decode("utf-8")
        body = json.loads(raw)
        assert isinstance(body, dict), f"{topic} is no JSON object: {raw}"
        limit = 256 if topic.startswith("state/") else 16
        assert len(heard.payload) <= limit * KIB, f"{topic} has {len(heard.payload)} bytes"
        assert not qos or heard.qos == 1, f"{topic} came at QoS {heard.qos}"
        for key, value in walk(body):
            assert key not in TIMES or value is None or is_time(value), f"{topic}: {key} is {value!r}"
        if topic.startswith("event/"):
            assert not heard.retain, f"{topic} was retained"
            check_event(topic, body)
            check_private(topic, body, raw, secrets)
        elif topic.startswith("state/"):
            check_state(topic, body)
            check_private(topic, body, raw, secrets)
        elif topic == "hub/status":
            check_status(body)
        elif topic.endswith("/command"):
            assert not heard.retain, f"{topic} was retained"
            if has(body, ("id", "command"), topic)["command"] == "print-ticket":
                check_slip(topic, body)
        else:
            assert not heard.retain, f"{topic} was retained"
            has(body, ("id", "ok"), topic)


def gaps(messages: Iterable[Heard]) -> list[int]:
    """The seqs that are missing between the first and the last event heard, within each epoch."""
    seqs: dict[str, set[int]] = {}
    for heard in messages:
        seqs.setdefault(heard.body["epoch"], set()).add(heard.body["seq"])
    return sorted(missing for found in seqs.values() for missing in set(range(min(found), max(found) + 1)) - found)
