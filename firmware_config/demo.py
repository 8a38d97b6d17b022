"""`motcua demo`: a whole office on one machine, ready in seconds, gone without a trace of running programs.

It starts a broker, the hub and the devices (with pretend hardware, in DATA/pretend), says once on stdout that all is
ready, and keeps them running until it is told to end (Ctrl-C, SIGTERM). Exit codes: 0 ended as told, 1 the broker does
not start, 2 something has to be mended first.
"""

import argparse
import importlib.util
import json
import os
import sys
import time
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from firmware_config import brokers, launcher, premises, programs
from firmware_config.forms import Address, BadAddress
from firmware_config.settings import BadSettings, Settings, load
from firmware_config.supervisor import Program, Supervisor, say

SITES = Path(__file__).parent / "sites"
BROKER_WAIT_S = 15.0
SLOW_START_S = 30.0
DEVICES_WAIT_S = 20.0
"""How long the ready line waits for the devices; one that takes longer is logged and goes on starting."""
LONGEST_SOCKET_PATH = 100
"""A little less than the 107 bytes that the kernel takes (unix(7))."""
BROKER_STAGE, HUB_STAGE, DEVICE_STAGE = 0, 1, 2


def parser() -> argparse.ArgumentParser:
    """The options of `motcua demo`."""
    options = argparse.ArgumentParser(
        prog="motcua demo",
        description="Run a whole demo office on this machine: a broker, the hub, its pages, its devices.",
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
                         help="no kiosk, printer, counter boxes and TV: only the broker, the hub and its pages")
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
    devices: dict[str, launcher.Command]
    """What runs each device that is a program of ours."""

    @property
    def pretend(self) -> Path:
        """Where the devices' pretend hardware listens, each at <device>.sock."""
        return self.data / "pretend"

    def hub(self) -> tuple[str, ...]:
        """The hub's command line."""
        site = self.settings.site
        return (sys.executable, "-P", "-m", "hub", "--settings", str(self.settings_folder),
                "--data", str(self.data), "--http", str(self.http), "--mqtt", str(self.mqtt.reachable),
                "--site", site.id, "--policy", site.policy)

    def device(self, name: str) -> tuple[str, ...]:
        """The command line of one device; each has a folder of its own for what it keeps."""
        return tuple(launcher.command_line(self.devices[name], [
            "--device", name, "--settings", str(self.settings_folder), "--data", str(self.data / "devices" / name),
            "--mqtt", str(self.mqtt.reachable), "--site", self.settings.site.id, "--pretend", str(self.pretend)]))


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
    devices = {} if options.no_devices else devices_of(settings, folder)
    data = (options.data or premises.default_data(settings.site.id)).absolute()
    for name in devices:
        if len(os.fsencode(data / "pretend" / f"{name}.sock")) > LONGEST_SOCKET_PATH:
            raise premises.Missing(f"{data} is too long a name for the devices' sockets; give a shorter folder with "
                                   "--data, or add --no-devices")
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
    return Office(settings, folder, data, ports["--http"], ports["--mqtt"], broker, lock, devices)


def devices_of(settings: Settings, folder: Path) -> dict[str, launcher.Command]:
    """The devices of the site that are programs, and what runs each. Raises BadSettings for their own settings."""
    wrong = programs.complaints(folder)
    if wrong:
        raise BadSettings(wrong)
    return {device.id: launcher.COMMANDS[programs.COMMAND_OF_KIND[programs.KIND_OF_ROLE[device.role]]]
            for device in settings.devices if device.role in programs.KIND_OF_ROLE}


def environment() -> dict[str, str]:
    """What the programs need to find this package's rooms when it runs from a checkout that is not installed."""
    root = Path(__file__).resolve().parent.parent
    if root.name in ("site-packages", "dist-packages"):
        return {"PYTHONUNBUFFERED": "1"}
    paths = [os.environ.get("PYTHONPATH", ""), str(root)]
    return {"PYTHONUNBUFFERED": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths))}


@dataclass(slots=True)
class _ReadyLine:
    """Hears a program's standard output: its ready line is for us, all else goes to the log."""

    name: str
    came: int = 0

    def hear(self, line: str) -> None:
        try:
            said = json.loads(line)
        except ValueError:
            said = None
        if isinstance(said, dict) and said.get("ready") is True:
            self.came += 1
            if self.came > 1:
                say("demo", f"{'the hub' if self.name == 'hub' else self.name} is ready again")
        elif line:
            say(self.name, line)


def run(office: Office, keeper: Supervisor, *, open_page: bool) -> int:
    """Start the broker, the hub, the devices; say that they are ready; keep them until the end is wanted."""
    kept_open = (office.lock.fileno(),)
    broker = Program("broker", office.broker, environment=environment(), kept_open=kept_open, stage=BROKER_STAGE)
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
    ready = _ReadyLine("hub")
    hub = Program("hub", office.hub(), on_line=ready.hear, environment=environment(), kept_open=kept_open,
                  hopeless=2, stage=HUB_STAGE)
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
    devices = start_devices(office, keeper)
    if not keeper.end_wanted:
        running = {program.name: program.pid for program in (hub, broker, *devices)}
        announce(office, {name: pid for name, pid in running.items() if pid is not None}, open_page=open_page)
    while not keeper.end_wanted:
        keeper.step()
    return 0


def is_installed(room: str) -> bool:
    """Whether a room's program is here; found without importing anything of it."""
    found = importlib.util.find_spec(room)
    places = found.submodule_search_locations if found is not None else None
    return any((Path(place) / "__main__.py").is_file() for place in places or ())


def start_devices(office: Office, keeper: Supervisor) -> list[Program]:
    """Start all devices at once; wait until each is ready or gave up, at most DEVICES_WAIT_S."""
    lines, started = [], []
    for name in office.devices if not keeper.end_wanted else ():
        module = office.devices[name].module
        if not is_installed(module):
            say("demo", f"{name} is left out: the program {module} is not installed here")
            continue
        line = _ReadyLine(name)
        device = Program(name, office.device(name), on_line=line.hear, environment=environment(),
                         kept_open=(office.lock.fileno(),), hopeless=2, stage=DEVICE_STAGE)
        lines.append(line)
        started.append(device)
        keeper.keep(device)
    limit = time.monotonic() + DEVICES_WAIT_S
    while not keeper.end_wanted and time.monotonic() < limit:
        if all(line.came or device.given_up for line, device in zip(lines, started, strict=True)):
            break
        keeper.step(max(0.0, limit - time.monotonic()))
    for line, device in zip(lines, started, strict=True):
        if device.given_up:
            say("demo", f"{device.name} refused to start; its reason is above, and the office goes on without it")
        elif not line.came and not keeper.end_wanted:
            say("demo", f"{device.name} is not ready yet; the office goes on without waiting for it")
        device.hopeless = None
    return started


def announce(office: Office, pids: dict[str, int], *, open_page: bool) -> None:
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
