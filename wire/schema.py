"""docs/asyncapi.yaml, made from the messages themselves: ``python -m wire.schema > docs/asyncapi.yaml``.

The page says what travels, for whoever writes a client in another language. It is written from the
hub's side, as AsyncAPI 3 wants one application's view: what it receives, what it sends.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from wire import VERSION, codes, commands, events, messages
from wire.topics import MAX_MESSAGE_BYTES, MAX_STATE_BYTES, ROOT, TABLE, Topic

_EVENTS = {**events.ALL, "private": events.Private}
_ONE = {
    "Reply": messages.Reply, "DeviceStatus": messages.DeviceStatus, "HubStatus": messages.HubStatus,
    "ServicesState": messages.ServicesState, "BoardState": messages.BoardState,
    "CounterState": messages.CounterState,
}
_PARAMETERS = {
    "site": "Id of the office.",
    "device": "Id of the device. The hub takes the sender from here, never from the payload.",
    "event": "Name of the event.",
    "n": "Number of the counter.",
}
_ABOUT = """\
One contract for every device that speaks to the hub. It needs nothing above MQTT 3.1.1.
Made by `python -m wire.schema` from the types of the package `wire`; do not edit it by hand.

Readers ignore fields and events that they do not know. Times are ISO 8601 with offset and
milliseconds; durations are seconds and end in `_s`; texts are `{language: text}`.
A command published again with the same `id` is the same command. Counter commands go at QoS 0 and
carry the last `beat`; what they ask for is a mistake when it comes late. The hub's reply alone says
that something is on disk, never a PUBACK."""


def document() -> dict[str, Any]:
    """The whole contract as an AsyncAPI 3.0.0 document."""
    spoken, schemas = _messages()
    channels = {_channel(row): _channel_of(row, spoken) for row in TABLE}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "motcua: what travels between the devices and the hub",
                 "version": f"{VERSION}.0.0", "description": _ABOUT,
                 "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": {_operation(row): _operation_of(row) for row in TABLE},
        "components": {
            "messages": {name: message for group in spoken.values() for name, message in group.items()},
            "schemas": schemas,
        },
        "x-may-send": {role.value: sorted(may) for role, may in codes.MAY_SEND.items()},
        "x-needs-no-beat": sorted(codes.NEEDS_NO_BEAT),
        "x-outcomes": list(codes.OUTCOMES),
        "x-pause-reasons": list(codes.PAUSE_REASONS),
    }


def _channel(row: Topic) -> str:
    return re.sub(r"/<\w+>", "", row.pattern).replace("/", "-")


def _operation(row: Topic) -> str:
    return ("send-" if row.publisher == "hub" else "receive-") + _channel(row)


def _channel_of(row: Topic, spoken: dict[str, dict[str, Any]]) -> dict[str, Any]:
    address = f"{ROOT}/<site>/{row.pattern}"
    names = re.findall(r"<(\w+)>", address)
    parameters: dict[str, Any] = {name: {"description": _PARAMETERS[name]} for name in names}
    if "event" in parameters:
        parameters["event"]["enum"] = list(_EVENTS)
    return {
        "address": re.sub(r"<(\w+)>", r"{\1}", address),
        "title": row.meaning,
        "parameters": parameters,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in spoken[row.carries]},
        "x-publisher": row.publisher,
        "x-max-bytes": MAX_STATE_BYTES if row.pattern.startswith("state/") else MAX_MESSAGE_BYTES,
    }


def _operation_of(row: Topic) -> dict[str, Any]:
    made: dict[str, Any] = {
        "action": "send" if row.publisher == "hub" else "receive",
        "channel": {"$ref": f"#/channels/{_channel(row)}"},
        "summary": row.meaning,
        "bindings": {"mqtt": {"qos": row.qos, "retain": row.retained, "bindingVersion": "0.2.0"}},
    }
    if row.carries == "Command":
        made["description"] = "QoS 0 for what is a mistake when late, else QoS 1; never retained."
        made["reply"] = {"channel": {"$ref": "#/channels/device-reply"}}
    return made


def _messages() -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Messages by what the table says that a topic carries, and the schemas they point to."""
    schemas: dict[str, Any] = {}
    spoken = {
        "Command": _group("command", commands.ALL, schemas),
        "DeviceCommand": _group("device-command", commands.TO_DEVICES, schemas),
        "Event": _group("event", _EVENTS, schemas),
    }
    for name, kind in _ONE.items():
        spoken[name] = _group("", {name: kind}, schemas)
    return spoken, schemas


def _group(prefix: str, kinds: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    # A prefix, because a command and an event may bear one name, such as ticket-printed.
    before = f"{prefix}." if prefix else ""
    refs, made = msgspec.json.schema_components(
        kinds.values(), ref_template="#/components/schemas/" + before + "{name}")
    schemas.update({before + name: _plain(schema) for name, schema in made.items()})
    return {
        before + name: {"name": name, "title": name, "summary": _first_words(kind),
                        "contentType": "application/json", "payload": ref}
        for (name, kind), ref in zip(kinds.items(), refs, strict=True)
    }


def _first_words(kind: type) -> str:
    text = inspect.getdoc(kind) or kind.__name__
    return " ".join(text.split("\n\n")[0].split()).replace("``", "`")


def _plain(schema: Any) -> Any:
    """A schema as other languages read it: texts without reStructuredText, patterns without the
    look-ahead that only Python needs."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items()}
    if isinstance(text := plain.get("description"), str):
        plain["description"] = inspect.cleandoc(text).replace("``", "`")
    if isinstance(pattern := plain.get("pattern"), str):
        plain["pattern"] = pattern.replace(r"(?!\n)", "")
    return plain


# -- a writer of YAML, as much as this page needs

_BARE = re.compile(r"[A-Za-z_$#/][A-Za-z0-9_$#/.<>-]*( [A-Za-z0-9_][A-Za-z0-9_.<>-]*)*\Z")
_NOT_TEXT = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~", ""}


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _BARE.match(value) and value.lower() not in _NOT_TEXT and value[0] != "#":
        return value
    return json.dumps(value, ensure_ascii=False)      # JSON is YAML


def _lines(value: Any, depth: int) -> Iterator[str]:
    """``value`` as the lines of a YAML block, indented by ``depth`` steps."""
    pad = "  " * depth
    entries: Sequence[tuple[str, Any]]
    if isinstance(value, dict):
        entries = [(f"{_scalar(key)}:", item) for key, item in value.items()]
    else:
        entries = [("-", item) for item in value]
    for head, item in entries:
        if isinstance(item, (dict, list)) and item:
            if head == "-" and isinstance(item, dict):
                first, *rest = _lines(item, depth + 1)
                yield f"{pad}- {first.lstrip()}"
                yield from rest
            else:
                yield pad + head
                yield from _lines(item, depth + 1)
        elif isinstance(item, str) and "\n" in item:
            yield f"{pad}{head} |-"
            yield from (f"{pad}  {line}".rstrip() for line in item.split("\n"))
        else:
            yield f"{pad}{head} {_scalar(item)}"


def text() -> str:
    """The document as YAML, ending in a line break."""
    return "\n".join(_lines(document(), 0)) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
