"""The program ``motcua kiosk``: the only place of this room that looks at clocks, makes ids and starts threads.

Exit codes: 0 ended as told; 1 the program broke; 2 something has to be mended first (one line says what).
"""

from __future__ import annotations

import argparse
import base64
import fcntl
import json
import logging
import os
import secrets
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from firmware_config import looks
from firmware_config.broker_account import SecretUnreadable, broker_account
from firmware_config.forms import Address, BadAddress
from firmware_config.gpio import Panel
from firmware_config.programs import Kiosk as Program
from firmware_config.programs import load_program
from firmware_config.settings import BadSettings, Settings, load
from firmware_config.wiring import PanelError, board
from kiosk.block import Calendar, Reserving
from kiosk.cutting import CuttableLink
from kiosk.draw import Panel as Glass
from kiosk.flow import Flow, Place
from kiosk.machine import Machine, OwnPrinter, listen
from kiosk.numbers import DiskFailed, Numbers
from kiosk.reserve import Reserve
from kiosk.room import Hands, Kiosk
from kiosk.screen import NoScreen, Screen, prepare
from kiosk.slips import Slips
from kiosk.sounds import Speaker
from kiosk.views import Hall, Service
from kiosk.words import Words
from ticket_printer import door
from wire.codec import iso, zone_of
from wire.device import Device, Identity
from wire.messages import Health
from wire.outbox import Outbox, OutboxFailed
from wire.paho import PahoLink
from wire.topics import Topics

log = logging.getLogger("kiosk")


class Missing(Exception):
    """Something has to be mended before the kiosk can run; the text says what and how."""


def parser() -> argparse.ArgumentParser:
    """The options of ``motcua kiosk``."""
    options = argparse.ArgumentParser(prog="motcua kiosk", description="Run the kiosk at which people take numbers.")
    options.add_argument("--device", required=True, metavar="ID", help="which device of devices.toml this is")
    options.add_argument("--settings", type=Path, required=True, metavar="DIR", help="the office's settings folder")
    options.add_argument("--data", type=Path, required=True, metavar="DIR", help="where this kiosk keeps its numbers")
    options.add_argument("--mqtt", metavar="HOST:PORT", help="where the broker is (default: hub.toml)")
    options.add_argument("--site", metavar="ID", help="id of the office (default: site.toml)")
    options.add_argument("--pretend", type=Path, metavar="DIR",
                         help="pretend hardware instead of pins, glass and paper; sockets in DIR move it")
    return options


def our_version() -> str:
    """The installed version of the product."""
    try:
        return version("motcua")
    except PackageNotFoundError:
        return "0"


def this_boot() -> str:
    """A name for this run of the machine: ages can be told only within it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return secrets.token_hex(8)


def new_code() -> str:
    """A public code: 26 letters and digits that nobody guesses."""
    return base64.b32encode(secrets.token_bytes(17)).decode("ascii")[:26]


def take(data: Path) -> int:
    """Make the data folder ours alone: two programs would give the same numbers."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / "kiosk.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as wrong:
        raise Missing(f"can not write in {data} ({wrong.strerror}); give a folder of yours with --data") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Missing(f"another kiosk works on {data}; stop it, or give another folder with --data") from None
    return lock


def put_together(options: argparse.Namespace, settings: Settings, program: Program) -> Machine:
    """Build the kiosk; nothing runs yet."""
    site, broker = settings.site, Address.read(settings.hub.mqtt)
    user, password = broker_account(options.settings, options.device)
    link = CuttableLink(lambda: PahoLink(
        broker.host, broker.port, client_id=f"{site.id}.{options.device}", username=user, password=password,
        ca_file=settings.hub.mqtt_ca))
    since = iso(time.time_ns() // 1_000_000, zone_of(site.utc_offset))
    device = Device(link, Topics(site.id), Identity(options.device, "kiosk", our_version(), since),
                    now=time.monotonic, new_id=lambda: f"{options.device[:24]}-{secrets.token_hex(12)}",
                    outbox=Outbox(options.data / "outbox.db"))
    numbers = Numbers(options.data / "numbers.db")
    known = numbers.fact("hub_time")
    boot = this_boot()
    def reported() -> None:
        kiosk.turn()

    reserve = Reserve(
        device, numbers, Calendar(zone_of(site.utc_offset), datetime.fromisoformat(known) if known else None),
        Reserving([service.id for service in settings.services if not service.closed], program.reserve), boot=boot,
        new_ticket=lambda: f"{options.device[:24]}-{secrets.token_hex(12)}", new_code=new_code, now=time.monotonic,
        wall=lambda: datetime.now(UTC), on_reported=reported)
    printer = settings.printer_of(options.device)
    hall = Hall(
        names=site.names, languages=site.languages, first_lane=site.lanes[0], words=Words(site.languages),
        slips="self" if program.printer else "elsewhere" if printer else "none",
        services=tuple(Service(id=one.id, series=one.series, names=one.names, plain=one.plain, examples=one.examples)
                       for one in settings.services))
    place = Place(languages=site.languages, lanes=site.lanes, prints=program.printer is not None,
                  screen=program.screen, idle_s=float(program.idle_s))
    kiosk = Kiosk(
        device=device, flow=Flow(place, device.new_id), hall=hall, numbers=numbers, reserve=reserve,
        slips=Slips(device, numbers, boot=boot, now=time.monotonic),
        now=time.monotonic, boot=boot, patience_s=program.patience_s, counters=counters_of(settings),
        zones=zones_of(settings), shut=frozenset(one.id for one in settings.services if one.closed),
        buttons=dict(program.buttons))
    return Machine(options, settings, program, device, link, kiosk)


def counters_of(settings: Settings) -> dict[str, tuple[int, ...]]:
    """Which counters serve each service."""
    return {service.id: tuple(one.n for one in settings.counters if not one.services or service.id in one.services)
            for service in settings.services}


def zones_of(settings: Settings) -> dict[str, str | None]:
    """The zone of each service, where all of its counters stand in one."""
    found: dict[str, str | None] = {}
    for service in settings.services:
        zones = {one.zone for one in settings.counters if not one.services or service.id in one.services}
        found[service.id] = zones.pop() if len(zones) == 1 else None
    return found


def give_hands(machine: Machine) -> None:
    """The printer, the panel and the screen, as far as the settings name them and the machine has them."""
    options, program, kiosk = machine.options, machine.program, machine.kiosk
    printer = None
    if program.printer is not None:
        def ended(job: door.Job, error: str | None) -> None:
            machine.post(lambda: kiosk.slip_ended(job.id, job.ticket.id, error))

        def health(now: Health) -> None:
            machine.post(lambda: kiosk.health(now))

        zone = zone_of(machine.settings.site.utc_offset)
        machine.press = door.build(
            program.printer, folder=options.data / "printer", office=door.office_of(machine.settings),
            now=time.monotonic, wall=lambda: datetime.now(zone), on_end=ended, on_health=health,
            device=options.device, pretend=options.pretend)
        printer = OwnPrinter(machine.press, lambda job, ticket, why: machine.post(
            lambda: kiosk.slip_ended(job, ticket.id, why)))
    if program.board:
        machine.panel = Panel(board(program.board), now=time.monotonic, pretend=options.pretend is not None,
                              on_press=lambda name: machine.post(lambda: kiosk.press(name)))
    if program.screen:
        machine.screen = open_screen(machine)
    kiosk.flow.place = replace(kiosk.flow.place, screen=machine.screen is not None)
    kiosk.hands = Hands(
        show=machine.screen.show if machine.screen else lambda _: None,
        light=machine.panel.lamp if machine.panel else lambda _name, _pattern: None,
        lamp_names=tuple(board(program.board).lamps) if program.board else (),
        sound=Speaker(options.data / "sounds", silent=options.pretend is not None).play, printer=printer)


def open_screen(machine: Machine) -> Screen | None:
    """The screen; ``None``, and one line, where this machine can show none."""
    program, options = machine.program, machine.options
    try:
        prepare(options.data / "kivy", size=program.pixels, fullscreen=program.fullscreen,
                offscreen=options.pretend is not None)
    except NoScreen as wrong:
        log.warning("%s", wrong)
        return None
    return Screen(Glass(*program.pixels, program.diagonal_in), looks.load(), on_touch=machine.touched,
                  on_ready=lambda: say_ready(options))


def say_ready(options: argparse.Namespace) -> None:
    """Tell on stdout that the kiosk runs."""
    print(json.dumps({"ready": True, "device": options.device, "pid": os.getpid()}), flush=True)


def work(machine: Machine, ends: threading.Event) -> None:
    """The device's own loop, until it is told to end."""
    device, kiosk = machine.device, machine.kiosk
    topics = Topics(machine.settings.site.id)
    device.start(kiosk.room(), hear=[topics.services])
    try:
        kiosk.begin()
        while not ends.is_set():
            device.turn(kiosk.wait_s())
            kiosk.turn()
    finally:
        device.stop()


def run(machine: Machine) -> int:
    """Everything at once, until a signal; returns the exit code."""
    options, ends, broken = machine.options, threading.Event(), []

    def end(*_: object) -> None:
        ends.set()
        machine.post(lambda: None)
        if machine.screen is not None:
            machine.screen.stop()

    def loop() -> None:
        try:
            work(machine, ends)
        except BaseException:
            log.exception("the kiosk's own loop broke")
            broken.append(1)
        end()

    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, end)
    listening = listen(machine)
    if machine.panel is not None:
        machine.panel.start()
    if machine.press is not None:
        machine.press.start()
    thread = threading.Thread(target=loop, name="kiosk")
    thread.start()
    if machine.screen is not None:
        machine.screen.run()
        end()
    else:
        say_ready(options)
    thread.join()
    for part in (*listening, machine.panel, machine.press):
        if part is not None:
            part.stop()
    return 1 if broken else 0


def main(argv: list[str] | None = None) -> int:
    """Run the kiosk with these options."""
    options = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = load(options.settings, overrides={"site.id": options.site, "hub.mqtt": options.mqtt})
        program = load_program(options.settings, options.device, "kiosk")
        lock = take(options.data)
        machine = put_together(options, settings, program)
        give_hands(machine)
        code = run(machine)
        os.close(lock)
        return code
    except (Missing, BadSettings, BadAddress, SecretUnreadable, PanelError, DiskFailed, OutboxFailed,
            looks.BadLooks) as wrong:
        sys.stderr.write(f"motcua kiosk: {wrong}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
