"""The printer's program: prints what the hub asks for. ``preview`` draws a slip as a picture instead.

Exit codes: 0 ended as told; 2 something has to be mended first (one line says what).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import signal
import sys
import time
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import firmware_config
from firmware_config.broker_account import broker_account
from firmware_config.forms import Address, BadAddress
from firmware_config.programs import Printer, load_program
from firmware_config.settings import BadSettings, Settings, load
from ticket_printer import door, preview
from ticket_printer.device import PrinterDevice
from ticket_printer.errors import BadModel, BadTransport, RowsFailed
from ticket_printer.model import model, names
from wire.codec import iso, zone_of
from wire.device import Device, Identity
from wire.outbox import Outbox, OutboxFailed
from wire.paho import PahoLink
from wire.pretend import Pretend, PretendError
from wire.topics import Topics

EXIT_MEND = 2
DEMO = Path(firmware_config.__file__).parent / "sites" / "trung-tu"
log = logging.getLogger("ticket_printer")


def parser() -> argparse.ArgumentParser:
    """The options of ``motcua printer``."""
    options = argparse.ArgumentParser(
        prog="motcua printer", description="Print the tickets of devices that have no printer of their own. "
        "`motcua printer preview --help` tells how to see a slip without a printer.")
    options.add_argument("--device", required=True, metavar="ID", help="which device of devices.toml this is")
    options.add_argument("--settings", type=Path, required=True, metavar="DIR", help="the office's settings folder")
    options.add_argument("--data", type=Path, required=True, metavar="DIR", help="where this program may write")
    options.add_argument("--mqtt", metavar="HOST:PORT", help="where the broker is (default: hub.toml)")
    options.add_argument("--site", metavar="ID", help="id of the office (default: site.toml)")
    options.add_argument("--pretend", type=Path, metavar="DIR",
                         help="a virtual printer instead of a real one; a socket in DIR moves it")
    return options


def preview_parser() -> argparse.ArgumentParser:
    """The options of ``motcua printer preview``."""
    options = argparse.ArgumentParser(prog="motcua printer preview", description="Draw a slip as a picture.")
    options.add_argument("--out", type=Path, required=True, metavar="FILE", help="the picture to write, a .png")
    options.add_argument("--settings", type=Path, default=DEMO, metavar="DIR", help="whose slip (default: the demo's)")
    options.add_argument("--device", default="", metavar="ID", help="take model, header and logo of this printer")
    options.add_argument("--model", default="", metavar="NAME", help=f"one of {', '.join(names())}")
    options.add_argument("--encoding", choices=("raster", "mixed", "native"), help="how it is sent (default: model's)")
    options.add_argument("--language", metavar="CODE", help="language of the slip (default: the office's first)")
    options.add_argument("--number", default="A027", help="the number on it (default: A027)")
    options.add_argument("--service", default="", metavar="ID", help="what for (default: the office's first)")
    options.add_argument("--lane", default="", metavar="LANE", help="lane of the ticket (default: the lowest)")
    options.add_argument("--ahead", type=int, default=6, metavar="N", help="how many wait before it (default: 6)")
    options.add_argument("--track", default=None, metavar="URL", help="address that the QR code leads to")
    options.add_argument("--at", default=None, metavar="TIME", help="when it was taken, ISO 8601 (default: now)")
    options.add_argument("--copy", action="store_true", help="with the mark of a copy")
    return options


def our_version() -> str:
    """The installed version of the product."""
    try:
        return version("motcua")
    except PackageNotFoundError:
        return "0"


def read_settings(options: argparse.Namespace) -> tuple[Settings, Printer]:
    """The office and this printer in it. ``BadSettings``."""
    settings = load(options.settings, overrides={"site.id": options.site, "hub.mqtt": options.mqtt})
    return settings, load_program(options.settings, options.device, "printer")


def say_ready(device: str) -> None:
    """Tell on stdout that the program runs."""
    print(json.dumps({"ready": True, "device": device, "pid": os.getpid()}), flush=True)


def serve(options: argparse.Namespace) -> int:
    """Print until told to end; returns the exit code."""
    settings, program = read_settings(options)
    broker, zone = Address.read(settings.hub.mqtt), zone_of(settings.site.utc_offset)
    options.data.mkdir(parents=True, exist_ok=True)
    user, password = broker_account(options.settings, options.device)
    link = PahoLink(broker.host, broker.port, client_id=f"{settings.site.id}.{options.device}", username=user,
                    password=password, ca_file=settings.hub.mqtt_ca)
    who = Identity(options.device, "printer", our_version(), iso(time.time_ns() // 1_000_000, zone))
    device = Device(link, Topics(settings.site.id), who, now=time.monotonic,
                    new_id=lambda: f"{options.device}-{secrets.token_hex(12)}",
                    outbox=Outbox(options.data / "outbox.db"))
    printer = PrinterDevice(device, time.monotonic)
    printer.press = door.build(
        program, folder=options.data, office=door.office_of(settings), now=time.monotonic,
        wall=lambda: datetime.now(zone), on_end=printer.ended, on_health=printer.health, device=options.device,
        pretend=options.pretend)
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: printer.quit())
    pretend = None
    if options.pretend is not None:
        pretend = Pretend(options.pretend / f"{options.device}.sock", printer.press.verbs)
        pretend.start()
    try:
        printer.run(lambda: say_ready(options.device))
    finally:
        if pretend is not None:
            pretend.stop()
    return 0


def draw(options: argparse.Namespace) -> int:
    """Write a slip as a picture; returns the exit code."""
    settings = load(options.settings)
    program = load_program(options.settings, options.device, "printer") if options.device else Printer()
    office = door.dressed(door.office_of(settings), program)
    now = iso(time.time_ns() // 1_000_000, zone_of(settings.site.utc_offset))
    service = options.service or settings.services[0].id
    ticket = preview.example(
        number=options.number, service=service, lane=options.lane or settings.site.lanes[0],
        counters=[one.n for one in settings.counters if not one.services or service in one.services],
        zone=settings.counters[0].zone, issued_at=options.at or now, ahead=options.ahead, track=options.track)
    drawn = preview.picture(ticket, office, model(options.model or program.model), encoding=options.encoding,
                            language=options.language, copy=options.copy)
    drawn.save(options.out, "PNG")
    print(f"{options.out}: {drawn.width} × {drawn.height} dots, {drawn.height / 8:.0f} mm long")
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the printer, or draw a preview."""
    given = sys.argv[1:] if argv is None else argv
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        if given[:1] == ["preview"]:
            return draw(preview_parser().parse_args(given[1:]))
        return serve(parser().parse_args(given))
    except (BadSettings, BadAddress, BadModel, BadTransport, RowsFailed, OutboxFailed, PretendError, OSError) as wrong:
        print(f"motcua printer: {wrong}", file=sys.stderr)
        return EXIT_MEND


if __name__ == "__main__":
    sys.exit(main())
