"""Who may know whom: the drawing of docs/ARCHITECTURE.md as a test."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.house.source import ROOMS, Source, below, everything, product

pytestmark = pytest.mark.house

MAY_KNOW: dict[str, set[str]] = {
    "wire": set(),
    "firmware_config": set(),
    "hub": {"wire", "firmware_config"},
    "counter_display": {"wire", "firmware_config"},
    "ticket_printer": {"wire", "firmware_config"},
    # A kiosk prints in its own process, for a number must come out while the network is down; and it speaks, for a
    # blind person must be able to use it. Both through the front door of the other room.
    "kiosk": {"wire", "firmware_config", "ticket_printer", "counter_display.voice"},
}

IN_THE_HUB: dict[str, set[str]] = {
    "hub/__init__.py": set(),
    "hub/__main__.py": {"hub.office", "hub.desk", "hub.journal", "hub.web", "wire", "firmware_config"},
    "hub/office.py": {"hub.desk", "hub.journal", "hub.queueing", "wire", "firmware_config"},
    "hub/web": {"hub.desk", "hub.statistics", "hub.queueing", "wire", "firmware_config"},
    "hub/desk": {"hub.queueing", "hub.journal", "wire"},
    "hub/statistics": {"hub.queueing"},
    "hub/journal": {"hub.queueing.events", "hub.queueing.rules.PastVisit"},
    "hub/simulation": {"hub.office", "hub.desk", "hub.journal", "hub.queueing", "wire", "firmware_config"},
    "hub/queueing": set(),
}

EDGES: dict[str, tuple[str, ...]] = {
    "msgspec": ("wire", "hub/desk", "hub/journal", "hub/statistics/visits.py", "hub/web"),
    "paho": ("wire/paho.py",),
    "flask": ("hub/web",),
    "werkzeug": ("hub/web",),
    "markupsafe": ("hub/web",),
    "waitress": ("hub/web/server.py",),
    "prometheus_client": ("hub/web",),
    "argon2": ("hub/web/passwords.py", "firmware_config/settings_command.py"),
    "cryptography": ("firmware_config/certificates.py",),
    "amqtt": ("firmware_config/amqtt_broker.py",),
    "gpiozero": ("firmware_config/gpio.py",),
    "kivy": ("kiosk/screen.py", "counter_display/kivy_names.py"),
    "serial": ("ticket_printer/transports/serial.py", "ticket_printer/virtual"),
    "escpos": ("ticket_printer/encode.py",),
    "PIL": ("ticket_printer",),
    "qrcode": ("ticket_printer",),
}
"""Packages from outside, and the files that may import them."""

SERVERS_AND_HARDWARE = (
    "flask", "waitress", "werkzeug", "paho", "amqtt", "argon2", "cryptography", "prometheus_client",
    "kivy", "usb", "serial", "escpos", "gpiozero", "evdev", "spidev", "smbus2", "PIL",
)


def _reaches(source: Source, own: str) -> set[str]:
    """What a module imports of the rooms, outside its own part of the house, with the name: hub.desk.board.View."""
    found = set()
    for one in source.imports():
        full = f"{one.module}.{one.name}" if one.name else one.module
        if one.package in ROOMS and one.module != own and not full.startswith(own + "."):
            found.add(full)
    return found


def _forbidden(source: Source, own: str, allowed: set[str]) -> set[str]:
    return {full for full in _reaches(source, own)
            if not any(full == door or full.startswith(door + ".") for door in allowed)}


def test_every_room_knows_only_the_rooms_that_the_drawing_allows():
    wrong = {source.path: found for source in product()
             if (found := _forbidden(source, source.room, MAY_KNOW[source.room]))}
    assert wrong == {}


@pytest.mark.parametrize("part", IN_THE_HUB)
def test_inside_the_hub_each_part_knows_only_what_the_drawing_allows(part):
    own = part.removesuffix(".py").replace("/", ".")
    if part == "hub/__init__.py":
        own = "hub.__init__"
    wrong = {source.path: found for source in below(part) if (found := _forbidden(source, own, IN_THE_HUB[part]))}
    assert wrong == {}


def test_every_part_of_the_hub_is_on_the_drawing():
    parts = {"/".join(source.path.split("/")[:2]) for source in product() if source.room == "hub"}
    assert parts - set(IN_THE_HUB) == set()


def test_the_rules_of_the_queue_know_the_standard_library_and_themselves_and_nothing_else():
    wrong = {f"{source.path}:{one.line}": one.module for source in below("hub/queueing") for one in source.imports()
             if one.package not in sys.stdlib_module_names and not one.module.startswith("hub.queueing")}
    assert wrong == {}


def test_packages_from_outside_are_imported_only_in_the_files_that_are_named_for_them():
    wrong = set()
    for source in product():
        for one in source.imports():
            outside = one.package not in ROOMS and one.package not in sys.stdlib_module_names
            homes = EDGES.get(one.package, ())
            if outside and not any(source.path == home or source.path.startswith(home + "/") for home in homes):
                wrong.add(f"{source.path}:{one.line} imports {one.package}")
    assert wrong == set()


def test_the_top_of_a_package_imports_no_server_no_hardware_and_no_screen():
    wrong = {f"{source.path}:{one.line}": one.module for source in product() if source.path.endswith("__init__.py")
             for one in source.imports() if one.package in SERVERS_AND_HARDWARE}
    assert wrong == {}


def test_importing_the_rooms_loads_no_server_no_hardware_and_no_screen():
    tops = [source.module for source in product()
            if source.path.endswith("__init__.py") and source.path.count("/") <= 2]
    asked = f"import sys, {', '.join(tops)}; print(*sorted({set(SERVERS_AND_HARDWARE)!r} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout.split() == []


def test_no_part_of_the_product_imports_the_tests_or_the_bench():
    wrong = {f"{source.path}:{one.line}" for source in product() for one in source.imports()
             if one.package in ("tests", "bench")}
    assert wrong == set()


def test_the_command_motcua_knows_the_rooms_by_name_and_imports_none():
    wrong = {one.module for source in below("firmware_config/launcher.py") for one in source.imports()
             if one.package in ROOMS}
    assert wrong == set()


def test_imports_are_absolute_everywhere():
    wrong = {f"{source.path}:{one.line}" for source in everything() for one in source.imports()
             if one.module.startswith(".")}
    assert wrong == set()


@pytest.mark.parametrize("path, line, own, seen", [
    ("hub/journal/x.py", "from hub.queueing.rules import PastVisit", "hub.journal", False),
    ("hub/journal/x.py", "from hub.queueing.rules import call_next", "hub.journal", True),
    ("hub/journal/x.py", "from hub.queueing import events as ev", "hub.journal", False),
    ("hub/journal/x.py", "from hub import desk", "hub.journal", True),
    ("hub/journal/x.py", "def late():\n    import hub.web.app", "hub.journal", True),
    ("hub/journal/x.py", "'import hub.web.app'  # from hub.web import app", "hub.journal", False),
])
def test_these_tests_see_a_forbidden_import_wherever_it_stands(path, line, own, seen):
    found = _forbidden(Source(path, line, ast.parse(line)), own, IN_THE_HUB["hub/journal"])
    assert bool(found) is seen
