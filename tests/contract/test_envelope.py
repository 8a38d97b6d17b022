"""wire.md, Commands: the envelope, unusable payloads, and the order of the checks."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from tests.contract import laws
from tests.contract.line import new_id
from tests.contract.office import ANYONE, Office

pytestmark = pytest.mark.contract

NEVER = 2**40
"""A beat no hub has published."""
NOT_BUILT: dict[str, dict[str, Any]] = {
    "check-in": {"code": "ABCDEFGHIJKLMNOP"},
    "set-lane": {"ticket": "A001", "lane": "priority"},
    "postpone": {"ticket": "A001", "by": 1},
    "hold": {"counter": 1},
    "resume": {"counter": 1, "ticket": "A001"},
    "transfer": {"counter": 1, "service": "dat-dai"},
    "walk-up": {"counter": 1},
    "undo": {"counter": 1},
    "answer-survey": {"survey": "hai-long", "answers": {}},
    "request-help": {"place": "quay-1"},
    "answer-help": {"place": "quay-1"},
    "lookup-missed": {"query": "giay khai sinh"},
    "correct-visit": {"ticket": "A001", "field": "outcome", "value": "other", "reason": "nham"},
}
"""Every row of the table of commands that this stage answers `not-supported`; delete a row when it is built."""


def fresh_device() -> str:
    """A device of its own, so that no other test used up its one answer a second."""
    return f"box-{uuid.uuid4().hex[:10]}"


def exactly(size: int, **fields: Any) -> bytes:
    """A take-ticket of exactly so many bytes, padded with a field nobody knows."""
    body = {"id": new_id(), "command": "take-ticket", "service": "dat-dai", "padding": "", **fields}
    body["padding"] = "x" * (size - len(json.dumps(body)))
    raw = json.dumps(body).encode()
    assert len(raw) == size
    return raw


UNUSABLE = {
    "no JSON": b"{nonsense",
    "no UTF-8": b'{"id": "\xff\xfe\xff\xfe\xff\xfe\xff\xfe", "command": "take-ticket"}',
    "an array": b'["id", "command"]',
    "a string": b'"take-ticket"',
    "a number": b"7",
    "null": b"null",
    "no id": b'{"command": "take-ticket", "service": "dat-dai"}',
    "id null": b'{"id": null, "command": "take-ticket", "service": "dat-dai"}',
    "id a number": b'{"id": 12345678, "command": "take-ticket", "service": "dat-dai"}',
    "id of 7": b'{"id": "abcdefg", "command": "take-ticket", "service": "dat-dai"}',
    "id of 65": b'{"id": "' + b"a" * 65 + b'", "command": "take-ticket", "service": "dat-dai"}',
    "id with a space": b'{"id": "abcd efgh", "command": "take-ticket", "service": "dat-dai"}',
    "id with a letter beyond ASCII": '{"id": "abcdefghđ", "command": "take-ticket", "service": "dat-dai"}'.encode(),
    "id with a line end": b'{"id": "abcdefgh\\n", "command": "take-ticket", "service": "dat-dai"}',
}


@pytest.mark.parametrize("payload", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_an_unusable_envelope_is_answered_bad_message_with_id_null(office: Office, payload: bytes) -> None:
    """Commands: 'A payload that is no JSON object, has no usable id … is answered with "id": null'."""
    device, before, since = fresh_device(), office.last(), office.line.mark()
    office.line.say(device, payload)
    laws.check_refusal(office.line.reply(device, None, since=since), "bad-message")
    office.nothing_since(before)


def test_a_payload_over_16_kib_is_answered_too_large_with_id_null(office: Office) -> None:
    """Topics: 'commands … at most 16 KiB'; Commands: 'or is too large is answered with "id": null'."""
    device, before, since = fresh_device(), office.last(), office.line.mark()
    office.line.say(device, exactly(16 * 1024 + 1))
    laws.check_refusal(office.line.reply(device, None, since=since), "too-large")
    office.nothing_since(before)


def test_a_payload_of_exactly_16_kib_is_obeyed(office: Office) -> None:
    """Topics: 'at most 16 KiB'; the page's head: 'readers ignore fields … they do not know'."""
    device, since = fresh_device(), office.line.mark()
    raw = exactly(16 * 1024)
    office.line.say(device, raw)
    reply = office.line.reply(device, json.loads(raw)["id"], since=since)
    assert reply["ok"] is True, reply
    office.issued.add(reply["ticket"]["id"])


@pytest.mark.parametrize("id_", ["A-b_9xyz", "z" * 64], ids=["8 characters", "64 characters"])
def test_an_id_of_8_to_64_characters_is_usable(office: Office, id_: str) -> None:
    """Commands: 'id is the device's own, 8-64 characters of [A-Za-z0-9_-]'."""
    office.ok("take-ticket", via=fresh_device(), id=id_, service="dat-dai")


def test_unusable_payloads_are_answered_at_most_once_a_second_per_device(office: Office) -> None:
    """Commands: 'answered with "id": null, at most once a second per device'."""
    flooder, other = fresh_device(), fresh_device()
    since = office.line.mark()
    for _ in range(8):
        office.line.tell(flooder, b"{nonsense")
    office.line.say(other, b"{nonsense")
    first = office.line.wait(lambda h: h.topic == f"device/{flooder}/reply", "an answer to the flooder", since=since)
    office.line.reply(other, None, since=since)
    sure = office.ask(flooder, "take-ticket", service="dat-dai")
    assert sure["ok"] is True, "a usable command of the same device must be answered all the same"
    answers = [h for h in office.line.all(f"device/{flooder}/reply", since) if h.body["id"] is None]
    took_s = office.line.heard[-1].when - first.when
    assert len(answers) == 1 or took_s >= 1.0, f"{len(answers)} answers within {took_s:.2f} s"
    time.sleep(max(0.0, first.when + 1.15 - time.monotonic()))
    again = office.line.mark()
    office.line.say(flooder, b"{nonsense")
    office.line.reply(flooder, None, since=again)


def test_an_empty_payload_is_ignored(office: Office) -> None:
    """Commands: 'an empty payload is ignored': no answer, and it does not use up the answer of that second."""
    device, since = fresh_device(), office.line.mark()
    office.line.say(device, b"")
    office.line.say(device, b"{nonsense")
    office.line.reply(device, None, since=since)
    office.ask(device, "take-ticket", service="dat-dai")
    assert len(office.line.replies(device, since)) == 2


BAD_FIELDS: dict[str, tuple[str, dict[str, Any]]] = {
    "take-ticket without service": ("take-ticket", {}),
    "take-ticket, service no text": ("take-ticket", {"service": 5}),
    "take-ticket, unknown lane": ("take-ticket", {"service": "dat-dai", "lane": "express"}),
    "take-ticket, lane no text": ("take-ticket", {"service": "dat-dai", "lane": 1}),
    "take-ticket, unknown channel": ("take-ticket", {"service": "dat-dai", "channel": "fax"}),
    "call-next without counter": ("call-next", {}),
    "call-next, counter a text": ("call-next", {"counter": "1"}),
    "call-next, at_counter a number": ("call-next", {"counter": 1, "at_counter": 5}),
    "call-ticket without ticket": ("call-ticket", {"counter": 1}),
    "pause-counter, unknown reason": ("pause-counter", {"counter": 1, "reason": "sleepy"}),
    "finish, unknown outcome": ("finish", {"counter": 1, "outcome": "won"}),
    "cancel-ticket without ticket": ("cancel-ticket", {}),
    "cancel-ticket, ticket a number": ("cancel-ticket", {"ticket": 17}),
    "restore without ticket": ("restore", {}),
    "open-counter without counter": ("open-counter", {}),
    "beat a text": ("call-next", {"counter": 1, "beat": "soon"}),
    "rate without ticket or counter": ("rate", {"score": 5}),
    "no command": ("", {}),
    "reserve-numbers without service": ("reserve-numbers", {"count": 5}),
    "reserve-numbers without count": ("reserve-numbers", {"service": "dat-dai"}),
    "reserve-numbers, count 0": ("reserve-numbers", {"service": "dat-dai", "count": 0}),
    "reserve-numbers, count 51": ("reserve-numbers", {"service": "dat-dai", "count": 51}),
    "reserve-numbers, count a text": ("reserve-numbers", {"service": "dat-dai", "count": "5"}),
    "reserve-numbers, day tomorrow": ("reserve-numbers", {"service": "dat-dai", "count": 5, "day": "tomorrow"}),
    "reserve-numbers, day a date": ("reserve-numbers", {"service": "dat-dai", "count": 5, "day": "2026-11-22"}),
    "report-tickets without tickets": ("report-tickets", {}),
    "report-tickets, tickets no list": ("report-tickets", {"tickets": {}}),
    "report-tickets, a ticket a text": ("report-tickets", {"tickets": ["A900"]}),
    "reprint without ticket": ("reprint", {}),
    "ticket-printed without ticket": ("ticket-printed", {}),
    "print-failed, ticket a number": ("print-failed", {"ticket": 17}),
}


@pytest.mark.parametrize(("command", "fields"), BAD_FIELDS.values(), ids=BAD_FIELDS.keys())
def test_fields_that_are_missing_or_wrong_are_bad_message(office: Office, command: str, fields: dict[str, Any]) -> None:
    """Commands: 'fields and lane (bad-message)'; the id is usable, so the answer carries it."""
    before, id_, since = office.last(), new_id(), office.line.mark()
    body = {"id": id_, **({"command": command} if command else {}), **fields}
    office.line.say(ANYONE, body)
    laws.check_refusal(office.line.reply(ANYONE, id_, since=since), "bad-message")
    office.nothing_since(before)


# -- known command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", NOT_BUILT)
def test_a_command_that_is_not_built_yet_is_not_supported(office: Office, command: str) -> None:
    """Commands, the order: 'envelope, repeated id, known command (not-supported), role …'.

    Nobody's role helps: the TV, which may send nothing, hears not-supported before not-allowed.
    """
    office.refused("not-supported", command, **NOT_BUILT[command])
    office.refused("not-supported", command, via="tv-1", **NOT_BUILT[command])
    office.refused("not-supported", command)


@pytest.mark.parametrize("command", NOT_BUILT)
def test_envelope_and_repeated_id_come_before_not_supported(office: Office, command: str) -> None:
    """Commands, the order: 'envelope, repeated id, known command'."""
    device, since = fresh_device(), office.line.mark()
    office.line.say(device, {"id": "short", "command": command, **NOT_BUILT[command]})
    laws.check_refusal(office.line.reply(device, None, since=since), "bad-message")
    id_ = new_id()
    first = office.ask(device, "take-ticket", id=id_, service="dat-dai")
    assert first["ok"] is True
    assert office.ask(device, command, id=id_, **NOT_BUILT[command]) == first


def test_a_command_nobody_ever_heard_of_is_not_supported(office: Office) -> None:
    """Commands, the order: 'known command (not-supported)'."""
    office.refused("not-supported", "make-coffee", counter=1)


# -- the order of the other checks --------------------------------------------------------------------


def test_the_envelope_is_checked_before_the_repeated_id(office: Office) -> None:
    """Commands, the order: 'envelope, repeated id': a known id in a payload too large is still too-large."""
    device, id_ = fresh_device(), new_id()
    office.ok("take-ticket", via=device, id=id_, service="dat-dai")
    since = office.line.mark()
    office.line.say(device, exactly(20 * 1024, id=id_))
    laws.check_refusal(office.line.reply(device, None, since=since), "too-large")


def test_the_repeated_id_is_checked_before_role_and_own_counter(office: Office) -> None:
    """Commands, the order: 'repeated id, …, role and own counter'."""
    id_ = new_id()
    first = office.ok("pause-counter", via="counter-1", id=id_, counter=1)
    assert office.ask("counter-1", "pause-counter", id=id_, counter=2) == first
    assert office.line.state("state/counter/2")["open"] is True


def test_role_and_own_counter_are_checked_before_fields(office: Office) -> None:
    """Commands, the order: 'role and own counter (not-allowed), fields and lane (bad-message)'."""
    office.refused("not-allowed", "take-ticket", via="tv-1")
    office.refused("not-allowed", "pause-counter", via="counter-1", counter=2, reason="sleepy")


def test_own_counter_is_checked_before_the_unknown_counter(office: Office) -> None:
    """Commands, the order: 'role and own counter (not-allowed), …, unknown service / counter / ticket'."""
    office.refused("not-allowed", "call-next", via="counter-1", counter=99)


def test_fields_are_checked_before_the_beat(office: Office) -> None:
    """Commands, the order: 'fields and lane (bad-message), beat'."""
    office.refused("bad-message", "call-next", beat=NEVER)
    office.refused("bad-message", "pause-counter", counter=1, reason="sleepy", beat=NEVER)


def test_the_beat_is_checked_before_the_unknown(office: Office) -> None:
    """Commands, the order: 'beat, unknown service / counter / ticket'."""
    office.refused("too-late", "call-next", counter=99, beat=NEVER)
    office.refused("too-late", "call-ticket", counter=1, ticket="khong-co", beat=NEVER)
    office.refused("too-late", "reserve-numbers", service="khong-co", count=1, beat=NEVER)
    office.refused("too-late", "reprint", ticket="khong-co", beat=NEVER)


def test_the_unknown_is_checked_before_at_counter(office: Office) -> None:
    """Commands, the order: 'unknown service / counter / ticket, at_counter'."""
    office.refused("unknown-ticket", "call-ticket", counter=1, ticket="khong-co", at_counter="not-there")
    office.refused("unknown-service", "call-next", counter=1, service="khong-co", at_counter="not-there")
    office.refused("unknown-counter", "call-next", counter=99, at_counter="not-there")


def test_at_counter_is_checked_before_the_state(office: Office) -> None:
    """Commands, the order: 'at_counter, state'."""
    office.refused("counter-changed", "finish", counter=1, at_counter="not-there")
    office.ok("close-counter", counter=2)
    office.refused("counter-changed", "call-next", counter=2, at_counter="not-there")


@pytest.mark.parametrize("command", ["open-counter", "pause-counter", "close-counter", "call-next", "recall",
                                     "start-service", "finish", "no-show"])  # fmt: skip
def test_a_counter_that_is_not_there_is_unknown(office: Office, command: str) -> None:
    """Commands, Refusals: unknown-counter."""
    office.refused("unknown-counter", command, counter=99)


def test_a_service_that_is_not_there_is_unknown(office: Office) -> None:
    """Commands, Refusals: unknown-service."""
    office.refused("unknown-service", "take-ticket", service="khong-co")
    office.refused("unknown-service", "call-next", counter=1, at_counter=None, service="khong-co")
    office.refused("unknown-service", "reserve-numbers", service="khong-co", count=1)


@pytest.mark.parametrize(
    ("command", "fields"),
    [("cancel-ticket", {}), ("restore", {}), ("call-ticket", {"counter": 1}), ("rate", {"score": 4}), ("reprint", {}),
     ("ticket-printed", {}), ("print-failed", {})],
    ids=["cancel-ticket", "restore", "call-ticket", "rate", "reprint", "ticket-printed", "print-failed"],
)
def test_a_ticket_that_is_not_there_is_unknown(office: Office, command: str, fields: dict[str, Any]) -> None:
    """Commands, Refusals: unknown-ticket."""
    office.refused("unknown-ticket", command, ticket="01khongcovenaycaunhe", **fields)
