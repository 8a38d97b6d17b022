"""The bytes on the wire are frozen: a device bought this year speaks to the hub of next year."""

import json
from pathlib import Path

import pytest

from tests.wire.examples import EXAMPLES
from wire import codec, commands, events
from wire.codes import MAY_SEND, NEEDS_NO_BEAT, Refusal

GOLDEN: dict[str, str] = json.loads((Path(__file__).parents[1] / "golden" / "wire.json").read_text("utf-8"))


def test_there_is_a_frozen_example_of_every_message() -> None:
    """What has no example can drift unseen."""
    needed = {f"command/{n}" for n in commands.ALL} | {f"device-command/{n}" for n in commands.TO_DEVICES}
    needed |= {f"event/{n}" for n in events.ALL}
    assert needed <= GOLDEN.keys()
    assert GOLDEN.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", GOLDEN)
def test_its_bytes_do_not_drift(name: str) -> None:
    """Not even in the order of the fields."""
    assert codec.encode(EXAMPLES[name]).decode() == GOLDEN[name]


@pytest.mark.parametrize("name", GOLDEN)
def test_it_is_read_back_as_it_was(name: str) -> None:
    """Nothing is lost between two parts of the office."""
    assert codec.decode(GOLDEN[name].encode(), type(EXAMPLES[name])) == EXAMPLES[name]


@pytest.mark.parametrize("name", GOLDEN)
def test_a_reader_ignores_a_field_of_a_later_release(name: str) -> None:
    """The contract grows by adding."""
    later = {**json.loads(GOLDEN[name]), "a_field_of_next_year": {"x": [1]}}
    assert codec.decode(codec.encode(later), type(EXAMPLES[name])) == EXAMPLES[name]


def test_what_is_not_said_is_not_on_the_wire() -> None:
    """A field left out is not null: null at `at_counter` means that nobody was seen there."""
    assert codec.encode(commands.CallNext(id="12345678", counter=1)) == (
        b'{"command":"call-next","id":"12345678","counter":1}')
    assert b'"at_counter":null' in codec.encode(commands.CallNext(id="12345678", counter=1, at_counter=None))


def test_every_command_has_a_sender_but_the_head_s_correction() -> None:
    """A command that no role may send is dead, and one that is not defined can not be obeyed."""
    sent = set().union(*MAY_SEND.values())
    assert sent == commands.ALL.keys() - {"correct-visit"}
    assert sent >= NEEDS_NO_BEAT
    assert len(Refusal) == 20
