"""`motcua demo`: a whole office on one machine, ready in seconds, gone without a trace of running programs.

It starts a broker and the hub, says once on stdout that all is ready, and keeps both running until it is told to
end (Ctrl-C, SIGTERM). Exit codes: 0 ended as told, 1 the broker does not start, 2 something has to be mended first.
"""

import argparse
import json
import os
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from firmware_config import brokers, premises
from firmware_config.forms import Address, BadAddress
from firmware_config.settings import BadSettings, Settings, load
from firmware_config.supervisor import Program, Supervisor, say

SITES = Path(__file__).parent / "sites"
BROKER_WAIT_S = 15.0
SLOW_START_S = 30.0


def parser() -> argparse.ArgumentParser:
    """The options of `motcua demo`."""
    options = argparse.ArgumentParser(
        prog="motcua demo", description="Run a whole demo office on this machine: a broker, the hub, its pages.",
        epilog="Sign in as quanly or can-bo-1 to can-bo-3, password demo. Ctrl-C ends everything.")
    options.add_argument("--data", type=Path, metavar="DIR",
                         help="where the journal is kept (default: ~/.local/share/motcua/<site>)")
    options.add_argument("--http", default="127.0.0.1:8080", metavar="HOST:PORT",
                         help="where the pages are (default: %(default)s; port 0: any free one)")
    options.add_argument("--mqtt", default="127.0.0.1:1883", metavar="HOST:PORT",
                         help="where the broker listens (default: %(default)s; port 0: any free one)")
    options.add_argument("--site", metavar="ID", help="id of the office (default: that of the settings, trung-tu)")
    options.add_argument("--settings", type=Path, metavar="DIR", help="a settings folder of your own")
    options.add_argument("--broker", choices=brokers.NAMES, default="auto",
                         help="which broker to run (default: mosquitto if it is installed, else amqtt)")
    options.add_argument("--policy", metavar="NAME", help="who is called next: lane-then-time, first-come")
    options.add_argument("--no-citizens", action="store_true",
                         help="no simulated people (this release has none, so this changes nothing)")
    options.add_argument("--no-devices", action="store_true",
                         help="no simulated devices (this release has none, so this changes nothing)")
    options.add_argument("--allow-lan", action="store_true",
                         help="let others on the network reach the demo: it trusts everybody")
    options.add_argument("--no-browser", action="store_true", help="do not open the first page")
    return options


def main(argv: list[str] | None = None) -> int:
    """Run the demo until it is told to end; returns the exit code."""
    options = parser().parse_args(argv)
    try:
        office = prepare(options)
    except (premises.Missing, brokers.NoBroker, BadSettings, BadAddress) as wrong:
        sys.stderr.write(f"motcua demo: {wrong}\n")
        return 2
    keeper = Supervisor()
    keeper.start()
    say("demo", f"data in {office.data}, settings from {office.settings_folder}")
    try:
        return run(office, keeper, open_page=not options.no_browser)
    finally:
        keeper.stop()
        premises.leave_folder(office.lock)


@dataclass(frozen=True, slots=True)
class Office:
    """Everything decided before the first program starts."""

    settings: Settings
    settings_folder: Path
    data: Path
    http: Address
    mqtt: Address
    broker: tuple[str, ...]
    lock: "IO[str]"

    def hub(self) -> tuple[str, ...]:
        """The hub's command line."""
        site = self.settings.site
        return (sys.executable, "-P", "-m", "hub", "--settings", str(self.settings_folder),
                "--data", str(self.data), "--http", str(self.http), "--mqtt", str(self.mqtt.reachable),
                "--site", site.id, "--policy", site.policy)


def prepare(options: argparse.Namespace) -> Office:
    """Check settings, addresses, folder, disk and ports, in this order; one clear error for the first that fails."""
    wanted = {"--http": Address.read(options.http), "--mqtt": Address.read(options.mqtt)}
    for option, address in wanted.items():
        if not address.loopback and not options.allow_lan:
            raise premises.Missing(f"{option} {address} can be reached by others, and the demo trusts everybody; "
                                   f"use {option} {Address('127.0.0.1', address.port)}, or add --allow-lan")
    shipped = SITES / (options.site or "trung-tu")
    folder = (options.settings or (shipped if shipped.is_dir() else SITES / "trung-tu")).resolve()
    settings = load(folder, overrides={"site.id": options.site, "site.policy": options.policy})
    data = (options.data or premises.default_data(settings.site.id)).absolute()
    lock = premises.take_folder(data, settings.hub.min_free_mb)
    try:
        ports = premises.choose_ports(wanted)
        broker = brokers.command(options.broker, ports["--mqtt"], data / "broker")
    except OSError as wrong:
        premises.leave_folder(lock)
        if isinstance(wrong, premises.Missing):
            raise
        raise premises.Missing(f"can not write in {data} ({wrong.strerror}); "
                               "give a folder of yours with --data") from None
    except brokers.NoBroker:
        premises.leave_folder(lock)
        raise
    return Office(settings, folder, data, ports["--http"], ports["--mqtt"], broker, lock)


def environment() -> dict[str, str]:
    """What the programs need to find this package's rooms when it runs from a checkout that is not installed."""
    root = Path(__file__).resolve().parent.parent
    if root.name in ("site-packages", "dist-packages"):
        return {"PYTHONUNBUFFERED": "1"}
    paths = [os.environ.get("PYTHONPATH", ""), str(root)]
    return {"PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths))}


class _ReadyLine:
    """Hears the hub's standard output: its ready line is for us, all else goes to the log."""

    def __init__(self) -> None:
        self.came = 0

    def hear(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if isinstance(said, dict) and said.get("ready") is True:
            self.came += 1
            if self.came > 1:
                say("demo", "the hub is ready again")
        elif line:
            say("hub", line)


def run(office: Office, keeper: Supervisor, *, open_page: bool) -> int:
    """Start the broker, then the hub; say that they are ready; keep them until the end is wanted."""
    kept_open = (office.lock.fileno(),)
    broker = Program("broker", office.broker, environment=environment(), kept_open=kept_open)
    keeper.keep(broker)
    limit = time.monotonic() + BROKER_WAIT_S
    while not keeper.end_wanted and not (broker.process and brokers.listens(office.mqtt)):
        if time.monotonic() > limit:
            sys.stderr.write(f"motcua demo: the broker {office.broker[0]} does not listen at {office.mqtt}; "
                             "its own words are above, or choose another with --broker amqtt\n")
            return 1
        keeper.step(0.02)
    if keeper.end_wanted:
        return 0
    ready = _ReadyLine()
    hub = Program("hub", office.hub(), on_line=ready.hear, environment=environment(), kept_open=kept_open,
                  hopeless=2)
    keeper.keep(hub)
    slow_at = time.monotonic() + SLOW_START_S
    while not keeper.end_wanted and not ready.came:
        keeper.step(1.0)
        if hub.given_up:
            sys.stderr.write("motcua demo: the hub refused to start; its reason is above\n")
            return 2
        if time.monotonic() > slow_at:
            slow_at += SLOW_START_S
            say("demo", "the hub is not ready yet; still waiting (a long journal takes a while)")
    hub.hopeless = None
    if ready.came:
        announce(office, {"hub": hub.pid, "broker": broker.pid}, open_page=open_page)
    while not keeper.end_wanted:
        keeper.step()
    return 0


def announce(office: Office, pids: dict[str, int | None], *, open_page: bool) -> None:
    """Print the ready line, tell a person where to look, and open the page on a desktop."""
    line = {"ready": True, "site": office.settings.site.id, "http": str(office.http), "mqtt": str(office.mqtt),
            "data": str(office.data), "pids": pids}
    try:
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except OSError:
        say("demo", "nobody reads the ready line; going on")
    page = f"http://{office.http.reachable}/"
    say("demo", greeting(page, office.settings.site.demo, os.environ))
    on_a_desktop = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    if open_page and on_a_desktop and sys.stdout.isatty() and not os.environ.get("MOTCUA_NO_BROWSER"):
        webbrowser.open(page)


def greeting(page: str, demo: bool, surroundings: "os._Environ[str] | dict[str, str]") -> str:
    """The line for the person who started it, in Vietnamese where the machine speaks it."""
    language = surroundings.get("LC_ALL") or surroundings.get("LC_MESSAGES") or surroundings.get("LANG") or ""
    if language.startswith("vi"):
        return f"Sẵn sàng: mở {page}" + (" – đăng nhập quanly, mật khẩu demo" if demo else "") + ". Ctrl-C để dừng."
    return f"Ready: open {page}" + (" – sign in as quanly, password demo" if demo else "") + ". Ctrl-C ends it."


if __name__ == "__main__":
    sys.exit(main())
