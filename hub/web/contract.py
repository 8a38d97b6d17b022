"""The open interface described for machines (OpenAPI 3.1), made from the wire's own types.

``python -m hub.web.contract`` prints it; docs/openapi.json is that print.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import msgspec

from wire import commands, events, messages

TITLE = "motcua"
API_VERSION = "1"

_SESSION = [{"session": [], "csrf": []}]


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: dict[str, Any], says: str) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": schema}}}


def _error(says: str) -> dict[str, Any]:
    return _json(_ref("Error"), says)


def _paths() -> dict[str, Any]:
    reply, error = _ref("Reply"), _error
    after = {"name": "after", "in": "query", "description": "The last seq already known.",
             "schema": {"type": "integer", "minimum": 0, "default": 0}}
    limit = {"name": "limit", "in": "query", "description": "At most so many events.",
             "schema": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 100}}
    topics = {"name": "topics", "in": "query", "required": True,
              "description": "state/board, state/services, state/counter/<n>, with commas between; "
                             "hub/status always comes along.",
              "schema": {"type": "string", "examples": ["state/board,state/counter/1"]}}
    return {
        "/api/v1/session": {
            "post": {
                "summary": "Sign in", "operationId": "signIn",
                "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("SignIn")}}},
                "responses": {
                    "200": {**_json(_ref("SignedIn"), "Signed in; the cookie is set."),
                            "headers": {"Set-Cookie": {"schema": {"type": "string"}}}},
                    "400": error("No JSON, or a field is missing."),
                    "401": error("Wrong name or password."),
                    "429": error("Too many tries; wait for Retry-After seconds.")}},
            "delete": {
                "summary": "Sign out", "operationId": "signOut", "security": _SESSION,
                "responses": {"204": {"description": "Signed out."}, "401": error("Not signed in."),
                              "403": error("X-CSRF-Token is missing or wrong.")}}},
        "/api/v1/commands": {
            "post": {
                "summary": "Ask the hub for something; the same envelope and reply as on MQTT",
                "operationId": "command", "security": _SESSION,
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "oneOf": [_ref(c.__name__) for c in commands.ALL.values()],
                    "discriminator": {"propertyName": "command", "mapping": {
                        name: f"#/components/schemas/{c.__name__}" for name, c in commands.ALL.items()}}}}}},
                "responses": {
                    "200": _json(reply, "Accepted, and on disk."), "409": _json(reply, "Refused; nothing changed."),
                    "401": error("Not signed in."), "403": error("X-CSRF-Token is missing or wrong."),
                    "413": _json(reply, "Larger than 16 KiB."), "503": error("The hub gave no answer in time.")}}},
        "/api/v1/events": {
            "get": {
                "summary": "Events as they were published; open on this machine in the demo",
                "operationId": "events", "security": [{"session": []}], "parameters": [after, limit],
                "responses": {"200": _json(_ref("Events"), "Events after that seq, and the journal's newest seq."),
                              "400": error("No whole number."), "401": error("Not signed in.")}}},
        "/live": {
            "get": {
                "summary": "State as it changes, as server-sent events", "operationId": "live",
                "parameters": [topics],
                "responses": {
                    "200": {"description": "Each message: {topic, age_s, payload}; its id is a version.",
                            "content": {"text/event-stream": {"schema": {"type": "string"}}}},
                    "400": error("No such topic."), "503": error("Too many pages follow; ask /live/now.")}}},
        "/live/now": {
            "get": {
                "summary": "State of this moment, in one piece", "operationId": "liveNow", "parameters": [topics],
                "responses": {"200": _json(_ref("LiveNow"), "What is true now."), "400": error("No such topic.")}}},
        "/healthz": {
            "get": {
                "summary": "Is the hub well?", "operationId": "healthz",
                "responses": {"200": _json(_ref("Healthz"), "It gives its beat."),
                              "503": _json(_ref("Healthz"), "Its last beat is older than 10 s.")}}},
    }


def _own_schemas() -> dict[str, Any]:
    text, whole = {"type": "string"}, {"type": "integer"}

    def thing(required: list[str], **properties: Any) -> dict[str, Any]:
        return {"type": "object", "required": required, "properties": properties}

    texts = {"type": "object", "additionalProperties": text}
    return {
        "Error": thing(["error", "message"], error=text, message=texts),
        "SignIn": thing(["user", "password"], user=text, password=text),
        "SignedIn": thing(["csrf"], csrf=text, user=text, role={"enum": ["clerk", "head"]}),
        "Events": thing(["epoch", "events", "last"], epoch=text, last=whole, events={
            "type": "array", "items": {"anyOf": [_ref(c.__name__ + "Event") for c in events.ALL.values()]}}),
        "LiveMessage": thing(["topic", "payload"], topic=text, age_s={"type": "number"}, payload={"anyOf": [
            _ref("HubStatus"), _ref("BoardState"), _ref("ServicesState"), _ref("CounterState")]}),
        "LiveNow": thing(["messages"], messages={"type": "array", "items": _ref("LiveMessage")}),
        "Healthz": thing(["ok", "pid", "version", "broker"], ok={"type": "boolean"}, pid=whole, version=text,
                         site=text, epoch={"type": ["string", "null"]}, seq={"type": ["integer", "null"]},
                         beat={"type": ["integer", "null"]}, beat_age_s={"type": ["number", "null"]},
                         broker={"type": "boolean"}),
    }


def _wire_schemas() -> dict[str, Any]:
    """Commands, replies, state and events by their own types. An event's class may share the name of a
    command's (``TicketPrinted``), so events get the ending ``Event``."""
    _, asked = msgspec.json.schema_components(
        [*commands.ALL.values(), messages.Reply, messages.HubStatus, messages.BoardState, messages.ServicesState,
         messages.CounterState], ref_template="#/components/schemas/{name}")
    _, told = msgspec.json.schema_components(
        list(events.ALL.values()), ref_template="#/components/schemas/{name}Event")
    return {**asked, **{f"{name}Event": schema for name, schema in told.items()}}


@cache
def openapi() -> dict[str, Any]:
    """The description, as plain dicts and lists."""
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": API_VERSION, "license": {"name": "Apache-2.0",
                                                                      "identifier": "Apache-2.0"},
                 "description": "What an office's hub offers by HTTP. The meaning of commands, replies, state "
                                "and events is the wire's; this is the same contract by another way."},
        "paths": _paths(),
        "components": {
            "schemas": {**_wire_schemas(), **_own_schemas()},
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "motcua-session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"}}},
    }


def text() -> str:
    """The description as docs/openapi.json holds it."""
    return json.dumps(openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(text())
