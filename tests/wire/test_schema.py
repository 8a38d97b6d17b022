"""docs/asyncapi.yaml says what the code says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from wire import commands, events, schema
from wire.codes import MAY_SEND, Refusal
from wire.topics import TABLE

PAGE = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
GOLDEN: dict[str, str] = json.loads((Path(__file__).parents[1] / "golden" / "wire.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def page() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(PAGE.read_text("utf-8"))
    return read


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(ref := node.get("$ref"), str):
            yield ref
        for item in node.values():
            yield from _refs(item)
    elif isinstance(node, list):
        for item in node:
            yield from _refs(item)


def _found(page: dict[str, Any], ref: str) -> Any:
    node: Any = page
    for step in ref.removeprefix("#/").split("/"):
        node = node[step]
    return node


def test_the_page_is_what_the_code_makes() -> None:
    """Else type: python -m wire.schema > docs/asyncapi.yaml"""
    assert PAGE.read_text("utf-8") == schema.text()


def test_the_yaml_reads_as_the_document(page: dict[str, Any]) -> None:
    """The writer of YAML loses nothing and quotes what needs it."""
    assert page == schema.document()
    assert page["asyncapi"] == "3.0.0"


def test_every_reference_leads_somewhere(page: dict[str, Any]) -> None:
    """A reader in another language follows them."""
    refs = set(_refs(page))
    assert refs
    for ref in refs:
        assert _found(page, ref)


def test_every_schema_is_a_valid_json_schema(page: dict[str, Any]) -> None:
    """Draft 2020-12."""
    for name, one in page["components"]["schemas"].items():
        Draft202012Validator.check_schema(one)
        assert one, name


def test_every_topic_command_event_and_refusal_of_the_contract_is_there(page: dict[str, Any]) -> None:
    """An undocumented topic fails here."""
    addresses = {channel["address"] for channel in page["channels"].values()}
    assert len(addresses) == len(TABLE) == len(page["operations"])
    spoken = page["components"]["messages"].keys()
    assert {f"command.{n}" for n in commands.ALL} | {f"device-command.{n}" for n in commands.TO_DEVICES} <= spoken
    assert {f"event.{n}" for n in events.ALL} | {"event.private"} <= spoken
    assert set(page["components"]["schemas"]["Refusal"]["enum"]) == {r.value for r in Refusal}
    assert {role: set(may) for role, may in page["x-may-send"].items()} == {r: set(m) for r, m in MAY_SEND.items()}


def test_every_message_has_words(page: dict[str, Any]) -> None:
    """From its docstring."""
    for name, message in page["components"]["messages"].items():
        assert message["summary"].endswith((".", ";", "`")), name
        assert "``" not in message["summary"]


def _message_of(example: str) -> str:
    kind, name = example.split("/")
    if kind in ("command", "device-command", "event"):
        return f"{kind}.{name}"
    if kind == "reply":
        return "Reply"
    return {"status/hub": "HubStatus", "status/hub-gone": "HubStatus", "status/device": "DeviceStatus",
            "status/device-gone": "DeviceStatus", "state/services": "ServicesState", "state/board": "BoardState",
            "state/counter": "CounterState"}[example]


@pytest.mark.parametrize("example", GOLDEN)
def test_the_frozen_examples_keep_the_page(page: dict[str, Any], example: str) -> None:
    """What really travels is valid by what outsiders read."""
    payload = page["components"]["messages"][_message_of(example)]["payload"]
    judge = Draft202012Validator({**payload, "components": page["components"]})
    judge.validate(json.loads(GOLDEN[example]))
