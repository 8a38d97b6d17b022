"""The settings of one device's program: typed, frozen, defaulted, from programs/<device>.toml of a settings folder.

1. `load_program` gives values in which every button, service, board and file that is mentioned exists, or raises
   BadSettings with all mistakes at once.
2. A device without a file has the defaults; a file without a device is a mistake.
3. Every field says in one sentence what it means; docs/SETTINGS.md is made from these sentences.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, overload

from firmware_config import checks, folder, forms, wiring
from firmware_config.folder import Entry, Folder
from firmware_config.forms import Form, says
from firmware_config.guesses import guess
from firmware_config.settings import FILES, BadSettings, Texts
from firmware_config.values import show

PIXELS = Form("WIDTHxHEIGHT", re.compile(r"[1-9]\d{2,3}x[1-9]\d{2,3}"), "write it as '1920x1080'")
HELP = "help"
"""The button that calls somebody of the office; it takes no service."""


@dataclass(frozen=True, slots=True)
class Printer:
    """A ticket printer and what stands on its slips."""

    model: str = field(default="generic-80", metadata=says(
        "Model of the printer: its paper, its dots, what it understands.", form=forms.ID))
    transport: str = field(default="network", metadata=says(
        "How the bytes reach it.", choices=("network", "serial", "file")))
    address: str = field(default="127.0.0.1:9100", metadata=says(
        "Where it is: `HOST:PORT`, a serial port such as `/dev/ttyUSB0`, or a file."))
    baud: int = field(default=19200, metadata=says(
        "Speed of a serial printer in bits per second.", low=1200, high=921_600))
    header: Texts = field(default_factory=dict, metadata=says(
        "Words at the top of each slip; the name of the office when left out."))
    hotline: str = field(default="", metadata=says(
        "Telephone number printed small at the end; empty for none.", form=forms.LINE))
    logo: str = field(default="", metadata=says(
        "Picture at the top of each slip; a relative path starts at the settings folder."))


@dataclass(frozen=True, slots=True)
class Kiosk:
    """Where people take a number: a screen, buttons, or both."""

    board: str = field(default="", metadata=says(
        "Board that its buttons and lamps are wired to; empty for none."))
    buttons: Mapping[str, str] = field(default_factory=dict, metadata=says(
        "Service of each button of the board; `help` needs none."))
    screen: bool = field(default=True, metadata=says("Shows the services on a screen to touch."))
    size: str = field(default="1024x600", metadata=says("Pixels of the screen.", form=PIXELS))
    diagonal_in: float = field(default=10.1, metadata=says(
        "Diagonal of the screen in inches, from which all sizes are computed.", low=3, high=120))
    fullscreen: bool = field(default=False, metadata=says("Fills the screen, without a window's frame."))
    printer: Printer | None = field(default=None, metadata=says(
        "Its own printer, so that a number comes out while the network is down."))
    reserve: int = field(default=20, metadata=says(
        "Numbers of each service kept in hand for the time without the hub; 0 for none.", low=0, high=50))
    patience_s: float = field(default=2.0, metadata=says(
        "Seconds to wait for the hub before a number kept in hand is given.", low=0.5, high=3))
    idle_s: int = field(default=60, metadata=says(
        "Seconds without a touch after which the first page comes back.", low=10, high=600))

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the screen."""
        return _pixels(self.size)


@dataclass(frozen=True, slots=True)
class Box:
    """The box of buttons and lamps on a counter."""

    board: str = field(default="box-5", metadata=says("Board that its buttons and lamps are wired to."))
    long_press_s: float = field(default=2.0, metadata=says(
        "Seconds that the pause button is held to call the head, silently.", low=0.5, high=10))


@dataclass(frozen=True, slots=True)
class Tv:
    """A screen on the wall that shows who is called where."""

    screen: bool = field(default=True, metadata=says("Shows a picture; without one it only sounds."))
    size: str = field(default="1920x1080", metadata=says("Pixels of the screen.", form=PIXELS))
    diagonal_in: float = field(default=43.0, metadata=says(
        "Diagonal of the screen in inches, from which all sizes are computed.", low=3, high=120))
    fullscreen: bool = field(default=False, metadata=says("Fills the screen, without a window's frame."))
    zone: str = field(default="", metadata=says(
        "Shows only the counters of this zone; empty for all."))
    chime: str = field(default="", metadata=says(
        "Sound before a call, a WAV file; a relative path starts at the settings folder; empty for the built-in."))
    theme: str = field(default="light", metadata=says("Colours by day or by night.", choices=("light", "dark")))

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the screen."""
        return _pixels(self.size)


Program = Kiosk | Printer | Box | Tv
Kind = Literal["kiosk", "printer", "box", "tv"]

KINDS: Mapping[Kind, type[Program]] = {"kiosk": Kiosk, "printer": Printer, "box": Box, "tv": Tv}
KIND_OF_ROLE: Mapping[str, Kind] = {"kiosk": "kiosk", "printer": "printer", "counter": "box", "tv": "tv"}
"""Roles whose devices are programs of ours; a tablet, a guide or a desk is a page in a browser."""
COMMAND_OF_KIND: Mapping[Kind, str] = {"kiosk": "kiosk", "printer": "printer", "box": "counter", "tv": "tv"}
"""What `motcua` calls the program of each kind."""


def _pixels(size: str) -> tuple[int, int]:
    width, _, height = size.partition("x")
    return int(width), int(height)


@overload
def load_program(where: Path, device: str, kind: Literal["kiosk"]) -> Kiosk:
    """Those of a kiosk."""


@overload
def load_program(where: Path, device: str, kind: Literal["printer"]) -> Printer:
    """Those of a printer."""


@overload
def load_program(where: Path, device: str, kind: Literal["box"]) -> Box:
    """Those of a counter's box."""


@overload
def load_program(where: Path, device: str, kind: Literal["tv"]) -> Tv:
    """Those of a TV."""


def load_program(where: Path, device: str, kind: Kind) -> Program:
    """Read programs/<device>.toml of the settings folder `where`; without the file, the defaults.

    Paths in it are made whole. Mistakes in other files are for `settings.load`. Raises BadSettings with every
    mistake of this one.
    """
    site = folder.read(Path(where), FILES, {})
    if not site.path.is_dir():
        raise BadSettings(tuple(site.complaints))
    found = Folder(site.path)
    program = _read(found, site, device, kind)
    if found.complaints:
        raise BadSettings(tuple(found.complaints))
    return program


def complaints(where: Path) -> tuple[str, ...]:
    """Everything wrong with the programs of a settings folder: files without a device, and what stands in them."""
    site = folder.read(Path(where), FILES, {})
    found = Folder(site.path)
    roles = _roles(site)
    files = sorted((site.path / "programs").glob("*")) if site.path.is_dir() else []
    for file in files:
        if file.suffix == ".toml" and file.stem not in roles and "devices.toml" not in site.unread:
            found.complaints.append(f"programs/{file.name}: {file.stem!r} is no device of devices.toml"
                                    f"{guess(file.stem, roles)}")
        elif file.suffix == ".toml" and roles.get(file.stem, "kiosk") not in KIND_OF_ROLE:
            found.complaints.append(f"programs/{file.name}: a {roles[file.stem]} has no program with settings of its "
                                    "own; remove the file")
    for device, role in roles.items():
        if role in KIND_OF_ROLE:
            _read(found, site, device, KIND_OF_ROLE[role])
    return tuple(found.complaints)


def _roles(site: Folder) -> dict[str, str]:
    return {entry.values["id"]: entry.values["role"] for entry in site.entries["devices.toml"]
            if "id" in entry.values and "role" in entry.values}


def _read(found: Folder, site: Folder, device: str, kind: Kind) -> Program:
    """One program; what is wrong with it goes to the complaints of `found`, and the rest is the default."""
    before = len(found.complaints)
    where = f"programs/{device}.toml"
    role = _roles(site).get(device)
    if role is not None and KIND_OF_ROLE.get(role) != kind:
        cure = f"start it with `motcua {COMMAND_OF_KIND[KIND_OF_ROLE[role]]}`" if role in KIND_OF_ROLE else \
            "it is a page in a browser"
        found.complaints.append(f"devices.toml: {device} has the role {role} and can not run as a {kind}; {cure}")
        return KINDS[kind]()
    table = folder.parse(found, where)
    own_printer = table.pop("printer", None) if kind == "kiosk" else None
    entry = folder.checked_entry(found, where, KINDS[kind], table)
    inner: list[Entry] = []
    if isinstance(own_printer, dict):
        inner.append(folder.checked_entry(found, f"{where}, [printer]", Printer, own_printer))
    elif own_printer is not None:
        found.complaints.append(f"{where}: printer = {show(own_printer)} must be a section; write [printer] on a "
                                "line and its keys below")
    if where in found.unread:
        return KINDS[kind]()
    for one in (entry, *inner):
        found.complaints += _texts_and_files(one, site)
    for one in inner if kind == "kiosk" else [entry] if kind == "printer" else []:
        found.complaints += _address_agrees(one)
    found.complaints += _printer_agrees(site, device, where, prints=own_printer is not None) if kind == "kiosk" else ()
    found.complaints += _board_agrees(entry, site, kind)
    if len(found.complaints) > before:
        return KINDS[kind]()
    for one in (entry, *inner):
        one.values |= {key: str(site.path / one.values[key]) for key in ("logo", "chime") if one.values.get(key)}
    program = KINDS[kind](**entry.values)
    return replace(program, printer=Printer(**inner[0].values)) if inner and isinstance(program, Kiosk) else program


def _texts_and_files(entry: Entry, site: Folder) -> Iterator[str]:
    if entry.values.get("header") and site.languages:
        yield from checks.languages_of(f"{entry.where}: header", entry.values["header"], site.languages)
    for key in ("logo", "chime"):
        path = entry.values.get(key)
        if path and not (site.path / path).is_file():
            yield f"{entry.where}: {key} = {show(path)} is not there; put the file at {site.path / path}"
    zone, zones = entry.values.get("zone"), {e.values.get("zone") for e in site.entries["counters.toml"]}
    if zone and zone not in zones and "counters.toml" not in site.unread:
        yield f"{entry.where}: zone = {show(zone)} has no counter in counters.toml{guess(zone, zones - {None})}"


def _address_agrees(entry: Entry) -> Iterator[str]:
    transport, address = entry.values.get("transport"), entry.values.get("address")
    if transport is None or address is None:
        return
    place = f"{entry.where}: address = {show(address)}"
    if transport == "network":
        try:
            forms.Address.read(address)
        except forms.BadAddress:
            yield f"{place} is not HOST:PORT; write it as '192.168.1.50:9100', or choose another transport"
    elif transport == "serial" and not address.startswith("/dev/"):
        yield f"{place} is no serial port; write it as '/dev/ttyUSB0'"
    elif not address:
        yield f"{place} names no file; write one such as '/dev/usb/lp0'"


def _printer_agrees(site: Folder, device: str, where: str, *, prints: bool) -> Iterator[str]:
    named = next((e.values.get("printer") for e in site.entries["devices.toml"] if e.values.get("id") == device), None)
    if named == "self" and not prints:
        yield f"{where}: [printer] is missing; devices.toml says that {device} prints its own slips (printer = 'self')"
    elif named is not None and named != "self" and prints:
        yield (f"{where}: it has a [printer], but devices.toml does not say printer = 'self' for {device}, so the hub "
               "would have each slip printed a second time; write it there")


def _board_agrees(entry: Entry, site: Folder, kind: Kind) -> Iterator[str]:
    name, buttons = entry.values.get("board"), entry.values.get("buttons", {})
    if kind == "kiosk" and not entry.values.get("screen", True) and not name:
        yield f"{entry.where}: without a screen it needs a board of buttons; write board = 'kiosk-6' or screen = true"
    if not name:
        if buttons:
            yield f"{entry.where}: buttons need a board; write board = 'kiosk-6', or one of your own"
        elif kind == "box" and name is not None:
            yield f"{entry.where}: board = '' leaves no button; choose from {', '.join(wiring.names())}"
        return
    try:
        board = wiring.board(name)
    except wiring.NoBoard as wrong:
        yield f"{entry.where}: board = {show(name)}: {wrong}"
        return
    known = [e.values["id"] for e in site.entries["services.toml"] if "id" in e.values]
    for button, service in buttons.items():
        place = f"{entry.where}: buttons: {button} = {show(service)}"
        if button == HELP:
            yield f"{place}: that button calls for help and takes no service; leave it out"
        elif button not in board.buttons:
            yield f"{place}: {name} has no such button{guess(button, [b for b in board.buttons if b != HELP])}"
        elif service not in known and "services.toml" not in site.unread:
            yield f"{place} is not in services.toml{guess(service, known)}"
