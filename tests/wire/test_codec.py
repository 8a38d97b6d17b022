"""Bytes to meaning: whatever comes, only ``Malformed`` comes of it; and topics are taken apart as they were built."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.examples import EXAMPLES
from wire import codec, commands
from wire.messages import HubStatus
from wire.topics import MAX_MESSAGE_BYTES, TABLE, BadTopic, Topics, matches

KINDS = sorted({type(example) for example in EXAMPLES.values()}, key=lambda kind: kind.__name__)
ids = st.from_regex(r"[a-z0-9-]{1,32}", fullmatch=True)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4), max_leaves=12)


@given(st.binary(max_size=400), st.sampled_from(KINDS))
def test_arbitrary_bytes_are_malformed_and_nothing_worse(payload: bytes, kind: type) -> None:
    """A broken device must not stop the hub."""
    with suppress(codec.Malformed):
        codec.decode(payload, kind)


@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_a_message_with_a_wrong_field_is_malformed_and_nothing_worse(name: str, data: st.DataObject) -> None:
    """A field of the right name with anything in it."""
    raw = json.loads(codec.encode(EXAMPLES[name]))
    raw[data.draw(st.sampled_from(sorted(raw)))] = data.draw(json_values)
    try:
        again = codec.convert(raw, type(EXAMPLES[name]))
    except codec.Malformed:
        return
    codec.encode(again)


@pytest.mark.parametrize("payload", [
    b"", b"null", b"[]", b"7", b'"x"', b"{", b"\xff\xfe", b'{"a":\xff}', b'{"a":"\\ud800"}', b"[" * 8000,
    b'{"a":' * 3000, b'{"id":NaN}', b"{}{}", b"\x00"])
def test_what_is_no_json_object_is_malformed(payload: bytes) -> None:
    """Also what is nested so deeply that a reader would run out of stack."""
    with pytest.raises(codec.Malformed):
        codec.read_object(payload)


def test_what_is_too_long_is_told_apart_from_what_is_broken() -> None:
    """The sender is refused `too-large`, and is told how much would be read."""
    with pytest.raises(codec.TooLarge, match=f"at most {MAX_MESSAGE_BYTES}"):
        codec.read_object(b"{" + b" " * MAX_MESSAGE_BYTES + b"}")
    assert codec.read_object(b"{" + b" " * (MAX_MESSAGE_BYTES - 2) + b"}") == {}


@pytest.mark.parametrize("found, usable", [
    ("abcdefgh", True), ("A-_9" * 16, True), ("abcdefg", False), ("a" * 65, False), ("abcd efgh", False),
    ("abcdefgh\n", False), ("đbcdefgh", False), (12345678, False), (None, False), (["abcdefgh"], False)])
def test_a_usable_id_is_eight_to_sixty_four_plain_characters(found: object, usable: bool) -> None:
    """The envelope and the field are judged alike."""
    assert (codec.usable_id({"id": found}) is not None) == usable
    raw = {"command": "undo", "id": found, "counter": 1}
    if usable:
        codec.convert(raw, commands.Undo)
    else:
        with pytest.raises(codec.Malformed):
            codec.convert(raw, commands.Undo)


@pytest.mark.parametrize("raw", [
    {"command": "take-ticket", "service": "chung-thuc\n"}, {"command": "take-ticket", "service": "A"},
    {"command": "reserve-numbers", "service": "a", "count": 51},
    {"command": "reserve-numbers", "service": "a", "count": 0},
    {"command": "reserve-numbers", "service": "a", "count": 1, "day": "today\n"},
    {"command": "rate", "score": 6}, {"command": "rate", "score": "5"}, {"command": "rate", "score": 4.5},
    {"command": "rate", "score": 5, "comment": "x" * 501}, {"command": "lookup-missed", "query": "x" * 101},
    {"command": "hold", "counter": 1, "note": "x" * 201}, {"command": "call-next", "counter": "1"},
    {"command": "call-next", "counter": True}, {"command": "call-next", "counter": 0}, {"command": "call-next"},
    {"command": "report-tickets", "tickets": [{"id": "a"}]}])
def test_a_field_out_of_bounds_is_malformed(raw: dict[str, Any]) -> None:
    """What the contract bounds is bounded where it is read."""
    with pytest.raises(codec.Malformed):
        codec.convert({"id": "12345678", **raw}, commands.ALL[raw["command"]])


def test_malformed_names_the_field() -> None:
    """The installer reads the log."""
    with pytest.raises(codec.Malformed, match=r"score"):
        codec.decode(b'{"id":"12345678","command":"rate","score":"five"}', commands.Rate)


@given(ids, ids, st.sampled_from(["command", "reply", "device_command", "device_status", "event"]))
def test_a_topic_is_read_as_it_was_built(site: str, name: str, build: str) -> None:
    """Build and read are each other's inverse."""
    topics = Topics(site)
    heard = topics.read(getattr(topics, build)(name))
    assert heard is not None and heard.name == name
    assert heard.kind in {row.pattern for row in TABLE}
    assert Topics(site + "x" if len(site) < 32 else "other").read(getattr(topics, build)(name)) is None


@given(ids, st.integers(1, 9999))
def test_the_topics_without_a_name_are_read_too(site: str, n: int) -> None:
    """Status, services, board, and each counter."""
    topics = Topics(site)
    assert topics.read(topics.counter(n)) == ("state/counter/<n>", str(n))
    for kind, topic in (("hub/status", topics.hub_status), ("state/services", topics.services),
                        ("state/board", topics.board)):
        assert topics.read(topic) == (kind, "")


@given(st.text(max_size=60))
def test_any_topic_can_be_read(topic: str) -> None:
    """A stranger on the broker may publish anywhere."""
    Topics("trung-tu").read(topic)
    Topics("trung-tu").read("motcua/v1/trung-tu/" + topic)


@pytest.mark.parametrize("name", ["", "a/b", "+", "#", "Kiosk", "x" * 33, "a\n", "đ"])
def test_a_name_that_is_no_level_of_a_topic_is_refused(name: str) -> None:
    """`#` as a device id would let a device hear everything."""
    with pytest.raises(BadTopic):
        Topics("trung-tu").reply(name)
    with pytest.raises(BadTopic):
        Topics(name)


@pytest.mark.parametrize("pattern, topic, covers", [
    ("a/b", "a/b", True), ("a/b", "a/c", False), ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/+", "a", False),
    ("+/b", "a/b", True), ("a/#", "a/b/c", True), ("a/#", "a", True), ("a/#", "ab", False), ("#", "a/b", True),
    ("+", "$SYS", False), ("#", "$SYS/broker", False), ("$SYS/#", "$SYS/broker", True), ("a/+/c", "a//c", True)])
def test_a_filter_covers_what_mqtt_says(pattern: str, topic: str, covers: bool) -> None:
    """Section 4.7 of MQTT 3.1.1."""
    assert matches(pattern, topic) is covers


@given(st.integers(0, 4_000_000_000_000), st.sampled_from(["+07:00", "+00:00", "-03:30"]))
def test_a_moment_is_written_with_offset_and_milliseconds(at_ms: int, offset: str) -> None:
    """And read back to the same millisecond, and taken by the messages as a time."""
    written = codec.iso(at_ms, codec.zone_of(offset))
    assert written.endswith(offset) and len(written) == 29
    read = datetime.fromisoformat(written)
    assert read - datetime.fromisoformat("1970-01-01T00:00:00+00:00") == timedelta(milliseconds=at_ms)
    codec.convert({"online": True, "at": written}, HubStatus)

