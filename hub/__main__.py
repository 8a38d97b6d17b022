"""The hub as a program: read the settings, open the journal, get on the line, serve the pages.

Exit codes: 0 ended as told; 2 something has to be mended first (one line says what); 70 COMMIT
failed, and only a restart can tell what was kept.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import logging
import os
import secrets
import signal
import sqlite3
import sys
import threading
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from firmware_config.forms import Address, BadAddress
from firmware_config.settings import BadSettings, Settings, load
from hub.desk.loop import HubLoop
from hub.journal.journal import CommitUnknown, Journal
from hub.journal.migrate import NewerJournal
from hub.journal.rows import UnknownEvent
from hub.office import Parts, digest_of, put_together
from hub.web.app import create_app
from hub.web.live import Live
from hub.web.server import Server
from wire.paho import PahoLink

EXIT_MEND = 2
EXIT_UNKNOWN = 70
log = logging.getLogger("hub")


class Missing(Exception):
    """Something has to be mended before the hub can start; the text says what and how."""


def parser() -> argparse.ArgumentParser:
    """The options of ``motcua hub``."""
    options = argparse.ArgumentParser(
        prog="motcua hub", description="Run one office's hub: its journal, its rules, its pages.")
    options.add_argument("--settings", type=Path, required=True, metavar="DIR", help="the office's settings folder")
    options.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the journal is kept")
    options.add_argument("--http", metavar="HOST:PORT", help="where the pages are (default: hub.toml)")
    options.add_argument("--mqtt", metavar="HOST:PORT", help="where the broker is (default: hub.toml)")
    options.add_argument("--site", metavar="ID", help="id of the office (default: site.toml)")
    options.add_argument("--policy", metavar="NAME", help="who is called next (default: site.toml)")
    return options


def take(data: Path) -> int:
    """Make the data folder ours alone, as long as this process lives."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = os.open(data / "hub.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as wrong:
        raise Missing(f"can not write in {data} ({wrong.strerror}); give a folder of yours with --data") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Missing(f"another hub works on {data}; stop it, or give another folder with --data") from None
    return lock


def link_to_broker(settings: Settings) -> PahoLink:
    """The line to the office's broker."""
    hub, broker = settings.hub, Address.read(settings.hub.mqtt)
    password = ""
    if hub.mqtt_password_file:
        try:
            password = Path(hub.mqtt_password_file).read_text("utf-8").strip()
        except OSError as wrong:
            raise Missing(f"can not read mqtt_password_file {hub.mqtt_password_file} ({wrong.strerror}); "
                          "make it with motcua broker-files") from None
    return PahoLink(broker.host, broker.port, client_id=f"{settings.site.id}.hub", username=hub.mqtt_user,
                    password=password, ca_file=hub.mqtt_ca)


def our_version() -> str:
    """The installed version of the product."""
    try:
        return version("motcua")
    except PackageNotFoundError:
        return "0"


def serve(settings: Settings, data: Path) -> int:
    """Run until told to end; returns the exit code."""
    lock = take(data)
    journal = Journal.open(data, min_free_bytes=settings.hub.min_free_mb << 20)
    live, link = Live(), link_to_broker(settings)
    http = Address.read(settings.hub.http)
    public_url = settings.site.public_url or (f"http://{http}" if settings.site.demo else "")
    loop = put_together(settings, Parts(
        journal=journal, link=link, random=secrets.token_bytes, version=our_version(),
        wall_ms=lambda: time.time_ns() // 1_000_000, mono_ms=lambda: time.monotonic_ns() // 1_000_000,
        show=live.put), public_url=public_url)
    app = create_app(settings=settings, loop=loop, live=live, data=data, version=our_version(), pid=os.getpid())
    try:
        web = Server(app, http.host, http.port, threads=settings.hub.web_threads)
    except OSError as wrong:
        raise Missing(f"can not serve pages at {http} ({wrong.strerror}); choose another address with --http") from None
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: loop.stop())
    try:
        loop.start(settings_digest=digest_of(settings))
        web.start()
        threading.Thread(target=say_ready, args=(settings, data, link, loop), daemon=True).start()
        loop.run()
    except CommitUnknown as wrong:
        log.critical("%s", wrong)
        os._exit(EXIT_UNKNOWN)  # nothing more may be said, not even by an orderly end
    web.stop()
    journal.close()
    os.close(lock)
    return 0


def say_ready(settings: Settings, data: Path, link: PahoLink, loop: HubLoop) -> None:
    """Once all of it serves, say so on stdout in one line of JSON."""
    while not link.connected:
        time.sleep(0.005)
    loop.ask(lambda floor: None, timeout_s=60)
    print(json.dumps({
        "ready": True, "site": settings.site.id, "http": settings.hub.http, "mqtt": settings.hub.mqtt,
        "data": str(data), "pids": {"hub": os.getpid()}}), flush=True)


def main(argv: list[str] | None = None) -> int:
    """Start the hub with these options."""
    options = parser().parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = load(options.settings, overrides={
            "site.id": options.site, "site.policy": options.policy,
            "hub.http": options.http, "hub.mqtt": options.mqtt})
        for warning in () if settings.site.demo else settings.warnings:
            log.warning("%s", warning)
        return serve(settings, options.data)
    except (Missing, BadSettings, BadAddress, NewerJournal) as wrong:
        return mend(str(wrong))
    except (sqlite3.DatabaseError, UnknownEvent) as wrong:
        return mend(f"the journal or web.db in {options.data} can not be read ({wrong}); ask motcua verify --data "
                    f"{options.data}, and put a backup in its place")


def mend(text: str) -> int:
    """Say in one line what has to be mended; the exit code for it."""
    sys.stderr.write(f"motcua hub: {text}\n")
    return EXIT_MEND


if __name__ == "__main__":
    sys.exit(main())
