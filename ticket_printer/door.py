"""The front door of this room: what a kiosk with its own printer, and the printer's own program, build a press with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from firmware_config.programs import Printer
from firmware_config.settings import Settings
from ticket_printer import encode
from ticket_printer.cable import Cable
from ticket_printer.model import Model, model
from ticket_printer.press import Job, Press
from ticket_printer.rows import Rows
from ticket_printer.slip import Office, slip_of
from ticket_printer.transports import transport
from wire.messages import Health, Ticket

__all__ = ["Job", "Office", "Press", "build", "dressed", "office_of"]

_log = logging.getLogger(__name__)


def office_of(settings: Settings) -> Office:
    """What slips say of the office of these settings."""
    site = settings.site
    policy = next((one for one in settings.policies if one.name == site.policy), None)
    return Office(
        names=site.names, languages=site.languages, services={one.id: one.names for one in settings.services},
        lanes=site.lanes, lane_names=site.code_names,
        priority_first=policy is None or policy.order != "first-come")


def build(program: Printer, *, folder: Path, office: Office, now: Callable[[], float], wall: Callable[[], datetime],
          on_end: Callable[[Job, str | None], None], on_health: Callable[[Health], None], device: str,
          pretend: Path | None = None) -> Press:
    """A press for that printer; its slips are kept in ``folder``/slips.db.

    ``now``: monotonic seconds; ``wall``: the time of day with its zone. ``on_end(job, None)`` means printed, else a
    code of ``errors.BY_CODE`` or ``interrupted``; both callbacks come on the press's own thread. ``pretend``: a folder
    for a virtual printer in place of ``program.address``; ``Press.verbs`` then are its verbs. ``BadModel``,
    ``BadTransport``, ``RowsFailed``.
    """
    kind = model(program.model)
    transport(program.transport, program.address, baud=program.baud)       # a bad address is told now, not later
    folder.mkdir(parents=True, exist_ok=True)
    writing = _writer(program, office, kind)
    byte_s = 10 / program.baud if program.transport == "serial" else 0.0    # 8 bits, one to start and one to stop

    def cable(address: str) -> Cable:
        line = transport(program.transport, address, baud=program.baud)
        return Cable(line, kind, now=now, byte_s=byte_s)

    rows = Rows(folder / "slips.db")
    if pretend is None:
        return Press(rows, writing, lambda: cable(program.address), now=now, wall=wall, on_end=on_end,
                     on_health=on_health, warm=encode.warm)
    virtual = _virtual(program, kind, pretend, device)

    def begin() -> Cable:
        virtual.start()
        return cable(virtual.address)

    return Press(rows, writing, begin, now=now, wall=wall, on_end=on_end, on_health=on_health, end=virtual.stop,
                 warm=encode.warm, verbs=virtual.verbs())


def dressed(office: Office, program: Printer) -> Office:
    """The office as this printer's slips name it."""
    return replace(office, header=program.header or office.header, hotline=program.hotline or office.hotline,
                   logo=_readable(program.logo or office.logo))


def _writer(program: Printer, office: Office, kind: Model) -> Callable[..., bytes]:
    named = dressed(office, program)
    encoding = kind.serial_encoding if program.transport == "serial" else kind.encoding

    def write(ticket: Ticket, copy: bool, language: str | None, at: datetime | None) -> bytes:
        return encode.encode(slip_of(ticket, named, language=language, copy=copy, at=at), kind, encoding)

    return write


def _readable(logo: str) -> str:
    """The logo, if it can be read: a number must come out although a picture is missing."""
    if logo:
        from PIL import Image
        try:
            with Image.open(logo) as opened:
                opened.verify()
        except (OSError, SyntaxError) as wrong:
            _log.error("the logo %s can not be read (%s); slips go without it", logo, wrong)
            return ""
    return logo


def _virtual(program: Printer, kind: Model, pretend: Path, device: str) -> Any:
    from ticket_printer.virtual.printer import VirtualPrinter
    return VirtualPrinter(pretend / f"{device}-slips", cable="network" if program.transport == "network" else "pty",
                          width_dots=kind.width_dots, knife=kind.cutter,
                          baud=program.baud if program.transport == "serial" else 0,
                          tty=pretend / f"{device}.tty")
