"""The pages say what the code does: a name that is in one and not in the other fails here."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import time
from importlib import import_module
from pathlib import Path

import pytest

from firmware_config import launcher, settings
from hub.desk.acts import Acts
from hub.desk.board import Signs, View
from hub.desk.ids import Ids
from hub.journal.journal import Journal
from hub.queueing import events as recorded
from tests.house.pages import Page, all_pages, quoted
from tests.house.source import ROOT
from wire import codec, commands, events, messages, topics
from wire.codec import zone_of
from wire.codes import COUNTER_COMMANDS, MAY_SEND, OUTCOMES, PAUSE_REASONS, Refusal, Role

pytestmark = pytest.mark.house

BUILT, NOT_BUILT = "●", "○"
COMMAND_TABLES = ("Tickets", "At a counter", "Opinions, help, paper, look-up")


@pytest.fixture(scope="module")
def wire_page() -> Page:
    return Page("docs/WIRE.md")


@pytest.fixture(scope="module")
def cli_page() -> Page:
    return Page("docs/CLI.md")


def command_rows(page: Page) -> dict[str, list[str]]:
    return {row[1].strip("`"): row for table in COMMAND_TABLES for row in page.rows(table)}


def own_fields(kind: type) -> set[str]:
    """The fields of a command beyond those that every command has."""
    return set(kind.__struct_fields__) - set(commands.Command.__struct_fields__)


# -- docs/WIRE.md ---------------------------------------------------------------------------------

def test_every_topic_is_explained_on_the_wire_page(wire_page):
    explained = {topic for row in wire_page.rows("Topics") for topic in quoted(row[0])}
    assert explained == {topic.pattern for topic in topics.TABLE}


def test_every_role_is_explained_with_exactly_what_it_may_send(wire_page):
    rows = {row[0].strip("`"): row[1] for row in wire_page.rows("Who may send what")}
    assert set(rows) == {role.value for role in Role}
    for role, may in MAY_SEND.items():
        told = rows[role.value]
        if "the same as `guide`" in told:
            told = told.replace("the same as `guide`", rows["guide"]).replace("`correct-visit`", "")
        said = quoted(told) & set(commands.ALL)
        if "the counter commands, for its own counter" in told:
            said |= set(COUNTER_COMMANDS)
        assert said == may, role


def test_the_counter_commands_are_those_of_their_table(wire_page):
    assert [row[1].strip("`") for row in wire_page.rows("At a counter")] == list(COUNTER_COMMANDS)


def test_every_command_is_explained_with_all_its_fields(wire_page):
    rows = command_rows(wire_page)
    assert set(rows) == set(commands.ALL)
    for name, kind in commands.ALL.items():
        said = {field.rstrip("?") for field in quoted(rows[name][2])}
        assert own_fields(kind) <= said, name


def test_every_field_that_a_reply_can_add_is_in_the_tables(wire_page):
    said = {field for row in command_rows(wire_page).values() for field in quoted(row[3])}
    assert said == set(messages.Reply.__struct_fields__) - {"id", "ok", "refusal", "message"}


def test_the_wire_page_says_which_commands_this_version_carries_out(wire_page):
    view = View(Signs(services={}, counters={}, zone=zone_of("+07:00")))
    acts = Acts(view=view, journal=Journal.in_memory(), ids=Ids(bytes))
    said = {name for name, row in command_rows(wire_page).items() if row[0] == BUILT}
    assert said == set(acts.built)
    assert {row[0] for row in command_rows(wire_page).values()} <= {BUILT, NOT_BUILT}


def test_every_command_to_a_device_is_explained_with_all_its_fields(wire_page):
    rows = {row[1].strip("`"): row for row in wire_page.rows("What the hub asks of a device")}
    assert set(rows) == set(commands.TO_DEVICES)
    for name, kind in commands.TO_DEVICES.items():
        assert own_fields(kind) <= quoted(rows[name][2]), name


def test_every_refusal_is_explained_on_the_wire_page(wire_page):
    assert [row[0].strip("`") for row in wire_page.rows("Refusals")] == [refusal.value for refusal in Refusal]


def test_every_event_is_explained_with_exactly_the_fields_that_travel(wire_page):
    rows = {row[1].strip("`"): row for row in wire_page.rows("Events")}
    assert set(rows) == set(events.ALL)
    for name, travels in events.TRAVELS.items():
        said = quoted(rows[name][2])
        assert said == set(travels), name
        assert (rows[name][2] == "private") == events.is_private(name), name


def test_the_wire_page_says_which_events_this_version_writes(wire_page):
    said = {row[1].strip("`") for row in wire_page.rows("Events") if row[0] == BUILT}
    assert said == set(recorded.EVENTS)


def test_every_code_of_the_contract_is_on_the_wire_page(wire_page):
    rows = {row[0]: quoted(row[1]) for row in wire_page.rows("Codes")}
    assert rows["outcome"] == set(OUTCOMES)
    assert rows["pause reason"] == set(PAUSE_REASONS)


@pytest.mark.parametrize("heading, kind", [
    ("Replies", messages.Ticket), ("Status", messages.HubStatus), ("Status", messages.DeviceStatus),
    ("Status", messages.Health), ("State", messages.ServiceState), ("State", messages.BoardCall),
    ("State", messages.BoardCounter), ("State", messages.Upcoming), ("State", messages.BoardState),
    ("State", messages.CounterState), ("State", messages.CounterTicket), ("State", messages.LastFinished),
])
def test_every_field_of_a_message_is_named_where_that_message_is_explained(wire_page, heading, kind):
    assert set(kind.__struct_fields__) - quoted(wire_page.section(heading)) == set()


# -- HTTP -----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def routes(tmp_path_factory) -> set[str]:
    """The routes of the demo office's pages, ``<int:n>`` as ``<n>``."""
    from hub.office import Parts, put_together
    from hub.web.app import create_app
    from hub.web.live import Live
    from wire.memory import MemoryBroker, MemoryLink

    data: Path = tmp_path_factory.mktemp("office")
    office = settings.load(ROOT / "firmware_config" / "sites" / "trung-tu")
    journal = Journal.open(data)
    loop = put_together(office, Parts(
        journal=journal, link=MemoryLink(MemoryBroker(), "hub"), random=bytes,
        wall_ms=lambda: time.time_ns() // 1_000_000, mono_ms=lambda: time.monotonic_ns() // 1_000_000))
    app = create_app(settings=office, loop=loop, live=Live(), data=data, version="0", pid=1)
    found = {re.sub(r"<\w+:(\w+)>", r"<\1>", str(rule)) for rule in app.url_map.iter_rules()}
    journal.close()
    return found


def test_the_open_interface_is_described_as_it_is():
    """Else type: python -m hub.web.contract > docs/openapi.json"""
    from hub.web import contract

    assert (ROOT / "docs" / "openapi.json").read_text("utf-8") == contract.text()


def paths(page: Page, mark: str) -> set[str]:
    return {path for row in page.rows("HTTP, served by the hub") if row[0] == mark for path in quoted(row[1])}


def test_every_address_of_the_pages_is_on_the_wire_page_and_no_other(wire_page, routes):
    assert paths(wire_page, BUILT) == routes


def test_an_address_that_is_promised_for_later_does_not_answer_yet(wire_page, routes):
    assert paths(wire_page, NOT_BUILT) & routes == set()


# -- the command line -----------------------------------------------------------------------------

def parser_of(name: str) -> argparse.ArgumentParser:
    command = launcher.COMMANDS[name]
    module = import_module(command.module)
    if hasattr(module, "__path__"):
        module = import_module(f"{command.module}.__main__")
    parser: argparse.ArgumentParser = module.parser()
    for word in command.first:
        parser = _choices(parser).get(word, parser)
    return parser


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    found = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return dict(found[0].choices) if found else {}


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    own = {option for action in parser._actions for option in action.option_strings}
    for one in _choices(parser).values():
        own |= options_of(one)
    return own - {"-h", "--help"}


@pytest.mark.parametrize("name", launcher.COMMANDS)
def test_every_option_of_the_command_line_is_explained_and_no_other(cli_page, name):
    said = {word.split()[0] for row in cli_page.rows(f"motcua {name}") for word in quoted(row[0])}
    assert {word for word in said if word.startswith("-")} == options_of(parser_of(name))


def test_every_command_and_no_other_has_a_section_on_the_page_of_commands(cli_page):
    assert re.findall(r"^## motcua (.+)$", cli_page.text, re.MULTILINE) == list(launcher.COMMANDS)


def test_the_parts_of_motcua_settings_are_all_explained(cli_page):
    said = {word.split()[2] for row in cli_page.rows("motcua settings") for word in quoted(row[0])}
    assert said == set(_choices(parser_of("settings")))


# -- README.md ------------------------------------------------------------------------------------

def test_the_commands_that_the_readme_shows_are_commands_of_the_contract():
    shown = [json.loads(found) for found in re.findall(r"'(\{\"id\".*?\})'", Page("README.md").text)]
    assert len(shown) >= 7
    for command in shown:
        codec.convert(command, commands.ALL[command["command"]])
    assert len({command["id"] for command in shown}) == len(shown), "the same id is the same command"


def test_the_readme_tells_those_without_root_the_same_packages_as_the_test_script():
    line = re.search(r"apt-get install -y --no-install-recommends (.+)", Page("README.md").text)
    packages = re.findall(r'^    "[^:"]+:([^:"]+):', (ROOT / "scripts" / "test").read_text("utf-8"), re.MULTILINE)
    assert line is not None
    assert line[1].split() == packages


def test_every_script_of_the_checkout_is_explained(cli_page):
    said = {word for row in cli_page.rows("Scripts of the checkout") for word in quoted(row[0])}
    there = {f"scripts/{path.name}" for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix}
    assert said == there


# -- settings -------------------------------------------------------------------------------------

def test_every_setting_is_explained():
    page = Page("docs/SETTINGS.md")
    files = {"site.toml": settings.Site, "services.toml": settings.Service, "counters.toml": settings.Counter,
             "devices.toml": settings.Device, "policies.toml": settings.Policy, "accounts.toml": settings.Account,
             "hub.toml": settings.Hub}
    for file, kind in files.items():
        said = [row[0].strip("`") for row in page.rows(file)]
        assert said == [field.name for field in dataclasses.fields(kind)], file


# -- all pages ------------------------------------------------------------------------------------

def test_every_page_that_the_project_promises_is_there():
    wanted = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "NOTICE",
              "docs/ARCHITECTURE.md", "docs/WIRE.md", "docs/CLI.md", "docs/GLOSSARY.md", "docs/SETTINGS.md",
              "docs/BENCH.md", "docs/BOX.md", "docs/WIRING.md", "docs/asyncapi.yaml", "docs/openapi.json")
    assert [name for name in wanted if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("path", all_pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(path):
    page, broken = Page(path.relative_to(ROOT).as_posix()), []
    for link in page.links():
        if re.match(r"[a-z]+:", link):
            continue                            # an address of the world outside
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        lost = not file.exists() or not file.is_relative_to(ROOT)
        if lost or (anchor and anchor not in Page(file.relative_to(ROOT).as_posix()).anchors()):
            broken.append(link)
    assert broken == []


def test_every_folder_of_tests_is_on_the_architecture_page():
    told = {row[0].strip("`") for row in Page("docs/ARCHITECTURE.md").rows("Tests")}
    there = {f"tests/{path.name}" for path in (ROOT / "tests").iterdir() if any(path.glob("test_*.py"))}
    assert there - told == set()


def test_every_folder_of_the_architecture_page_is_there():
    page = Page("docs/ARCHITECTURE.md")
    named = {word for word in quoted(page.text) if re.fullmatch(r"(hub|wire|firmware_config|tests|bench|docs)/[\w/.-]+",
                                                                word)}
    missing = {word for word in named if not (ROOT / word).exists() and "<" not in word}
    later = quoted(page.section("Rooms that come later")) | {row[1].strip("`") for row in page.rows(
        "Adding something touches one room")}
    assert missing - later == set()
