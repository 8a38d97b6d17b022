"""The programs of this room: ``box``, the buttons on a counter, and ``tv``, the screen on the wall.

Exit codes: 0 ended as told; 1 the program broke; 2 something has to be mended first (one line says what).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from counter_display.cable import PretendCable
from counter_display.chime import BUILT_IN, Chime
from counter_display.desk import Desk
from counter_display.glass import Glass
from counter_display.screen import NoScreen, Screen
from counter_display.tv import Tv
from counter_display.wall import Place, ServiceSign, Wall
from counter_display.words import Words
from firmware_config import looks
from firmware_config.broker_account import SecretUnreadable, broker_account
from firmware_config.forms import Address, BadAddress
from firmware_config.gpio import Panel
from firmware_config.programs import load_program
from firmware_config.settings import BadSettings, Settings, load
from firmware_config.wiring import PanelError, board
from wire.codec import iso, zone_of
from wire.device import Device, Identity
from wire.link import Link
from wire.paho import PahoLink
from wire.pretend import Pretend
from wire.topics import Topics

FONTS = Path(looks.__file__).with_name("fonts")
log = logging.getLogger("counter_display")


class Missing(Exception):
    """Something has to be mended before the program can run; the text says what and how."""


def parser() -> argparse.ArgumentParser:
    """The options of ``motcua counter`` and ``motcua tv``."""
    options = argparse.ArgumentParser(
        prog="counter_display", description="The buttons on a counter (box), or the screen on the wall (tv).")
    options.add_argument("program", choices=("box", "tv"), help="box: buttons and lamps; tv: the screen on the wall")
    options.add_argument("--device", required=True, metavar="ID", help="which device of devices.toml this is")
    options.add_argument("--settings", type=Path, required=True, metavar="DIR", help="the office's settings folder")
    options.add_argument("--data", type=Path, required=True, metavar="DIR", help="where this program may write")
    options.add_argument("--mqtt", metavar="HOST:PORT", help="where the broker is (default: hub.toml)")
    options.add_argument("--site", metavar="ID", help="id of the office (default: site.toml)")
    options.add_argument("--pretend", type=Path, metavar="DIR",
                         help="pretend hardware instead of pins, glass and sound; a socket in DIR moves it")
    return options


def our_version() -> str:
    """The installed version of the product."""
    try:
        return version("motcua")
    except PackageNotFoundError:
        return "0"


def device_of(options: argparse.Namespace, settings: Settings, role: str, link: Link) -> Device:
    """The device that this program is, on that link."""
    since = iso(time.time_ns() // 1_000_000, zone_of(settings.site.utc_offset))
    who = Identity(options.device, role, our_version(), since)
    return Device(link, Topics(settings.site.id), who, now=time.monotonic,
                  new_id=lambda: f"{options.device}-{secrets.token_hex(12)}")


def link_of(options: argparse.Namespace, settings: Settings) -> PahoLink:
    """The line to the office's broker."""
    broker = Address.read(settings.hub.mqtt)
    user, password = broker_account(options.settings, options.device)
    return PahoLink(broker.host, broker.port, client_id=f"{settings.site.id}.{options.device}", username=user,
                    password=password, ca_file=settings.hub.mqtt_ca)


def say_ready(options: argparse.Namespace) -> None:
    """Tell on stdout that the program runs."""
    print(json.dumps({"ready": True, "device": options.device, "pid": os.getpid()}), flush=True)


def on_signals(end: Callable[[], None]) -> None:
    """Have ``end`` called when the program is told to stop."""
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: end())


def listen(options: argparse.Namespace, verbs: dict[str, Callable[..., Any]]) -> Pretend | None:
    """Open the pretend hardware's socket, where there is pretend hardware."""
    if options.pretend is None:
        return None
    pretend = Pretend(options.pretend / f"{options.device}.sock", verbs)
    pretend.start()
    return pretend


def run_box(options: argparse.Namespace, settings: Settings) -> int:
    """The box on a counter, until told to end."""
    known = settings.device(options.device)
    if known is None or known.counter is None:
        raise Missing(f"devices.toml names no counter for {options.device}; add [[device]] id = '{options.device}', "
                      "role = 'counter', counter = 1")
    program = load_program(options.settings, options.device, "box")
    device = device_of(options, settings, "counter", link_of(options, settings))
    desk = Desk(device, Topics(settings.site.id), known.counter, now=time.monotonic)
    panel = Panel(board(program.board), on_press=desk.pressed, on_hold=desk.held, hold_s=program.long_press_s,
                  now=time.monotonic, pretend=options.pretend is not None)
    on_signals(desk.quit)
    panel.start()
    pretend = listen(options, panel.verbs())
    say_ready(options)
    try:
        desk.run(panel)
    finally:
        if pretend is not None:
            pretend.stop()
        panel.stop()
    return 0


def place_of(options: argparse.Namespace, settings: Settings, zone: str, marked_s: float) -> Place:
    """Where the screen hangs, and what it is to show there."""
    site, language = settings.site, settings.site.languages[0]
    here = [counter for counter in settings.counters if not zone or counter.zone == zone]
    services = tuple(
        ServiceSign(service.id, service.series, service.names.get(language, service.id))
        for service in settings.services
        if any(not counter.services or service.id in counter.services for counter in here))
    return Place(office=site.names.get(language, site.id), device=options.device, language=language,
                 services=services, zone=zone, first_lane=site.lanes[0], marked_s=marked_s)


def opened(screen: Screen) -> Screen | None:
    """The screen, opened; ``None``, and one line, where this machine can show none."""
    try:
        screen.open()
    except NoScreen as wrong:
        log.warning("there is no picture, all else goes on: %s", wrong)
        return None
    return screen


def run_tv(options: argparse.Namespace, settings: Settings) -> int:
    """The screen on the wall, until told to end."""
    program = load_program(options.settings, options.device, "tv")
    style, words = looks.load(), Words(settings.site.languages[0])
    pretending = options.pretend is not None
    cable = PretendCable(link_of(options, settings))
    device = device_of(options, settings, "tv", cable)
    wall = Wall(place_of(options, settings, program.zone, style.motion["marked_s"]), words)
    screen = opened(Screen(
        Glass(*program.pixels, program.diagonal_in), home=options.data / f"kivy-{options.device}", fonts=FONTS,
        colours=style.sets[program.theme], words=words, slide_ms=style.motion["slide_ms"],
        fullscreen=program.fullscreen, hidden=pretending)) if program.screen else None
    chime = None if pretending else Chime(Path(program.chime) if program.chime else BUILT_IN)
    tv = Tv(device, Topics(settings.site.id), wall, show=screen.show if screen else lambda _: None,
            chime=chime.play if chime else lambda: None, now=time.monotonic)
    broken: list[BaseException] = []

    def work() -> None:
        try:
            tv.run()
        except BaseException as wrong:
            log.exception("the screen's own loop broke")
            broken.append(wrong)
        if screen is not None:
            screen.stop()

    loop = threading.Thread(target=work, name="tv")
    on_signals(tv.quit)
    pretend = listen(options, verbs_of(tv, screen, cable))
    loop.start()
    if screen is not None:
        screen.run(on_start=lambda: say_ready(options))
        tv.quit()
    else:
        say_ready(options)
    loop.join()
    if pretend is not None:
        pretend.stop()
    return 1 if broken else 0


def verbs_of(tv: Tv, screen: Screen | None, cable: PretendCable) -> dict[str, Callable[..., Any]]:
    """What pretend hardware can do here: a camera, an eye, an ear, and a hand at the plug."""
    def photograph(path: str) -> dict[str, Any]:
        if screen is None:
            raise Missing("this program runs without a picture; its first lines on stderr say why")
        return {"words": screen.photograph(path)}

    return {
        "photograph": photograph,
        "showing": lambda: {"showing": tv.showing.as_json()},
        "sounds": lambda: {"sounds": list(tv.sounds)},
        "cut_line": lambda on=True: cable.cut(bool(on)),
    }


def main(argv: list[str] | None = None) -> int:
    """Run the program that is named, with these options."""
    options = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = load(options.settings, overrides={"site.id": options.site, "hub.mqtt": options.mqtt})
        return run_box(options, settings) if options.program == "box" else run_tv(options, settings)
    except (Missing, BadSettings, BadAddress, SecretUnreadable, PanelError) as wrong:
        sys.stderr.write(f"motcua {'counter' if options.program == 'box' else 'tv'}: {wrong}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
