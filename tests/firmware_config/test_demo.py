"""`motcua demo` keeps an office running and leaves nothing behind, tried with a hub and devices of twenty lines."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from firmware_config import brokers, premises
from firmware_config.demo import greeting
from firmware_config.forms import Address
from tests.firmware_config.office_folder import write

ROOT = Path(__file__).parents[2]
BROKER = "mosquitto" if brokers.mosquitto_program() else "amqtt"

# What the real hub promises its keeper: the options, the ready line, the exit codes. HUB_DOES chooses a fault.
HUB = '''
import argparse, json, os, signal, sys, time
p = argparse.ArgumentParser()
for name in ("settings", "data", "http", "mqtt", "site", "policy"):
    p.add_argument("--" + name, required=True)
o = p.parse_args()
does = os.environ.get("HUB_DOES", "")
if does == "refuse":
    print("no good journal", file=sys.stderr)
    sys.exit(2)
if does == "chatter":
    for _ in range(20000):
        os.write(2, b"x" * 79 + b"\\n")
if does == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
with open(o.data + "/starts", "a") as f:
    f.write(json.dumps([os.getpid(), o.http, o.mqtt, o.site, o.policy]) + "\\n")
print(json.dumps({"ready": True, "site": o.site, "http": o.http, "mqtt": o.mqtt, "pids": {"hub": os.getpid()}}))
sys.stdout.flush()
print("10:00:00 hub: serving", file=sys.stderr)
while True:
    time.sleep(60)
'''

# What each device's program promises its keeper. DEVICES_DO, as {"tv-1": "refuse"}, chooses faults.
DEVICE = '''
import argparse, json, os, signal, sys, time
p = argparse.ArgumentParser()
p.add_argument("which", nargs="?", default="")
for name in ("device", "settings", "data", "mqtt", "site", "pretend"):
    p.add_argument("--" + name, required=True)
o = p.parse_args()
does = json.loads(os.environ.get("DEVICES_DO") or "{}").get(o.device, "")
if does == "refuse":
    print("no such board", file=sys.stderr)
    sys.exit(2)
if does == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.makedirs(o.data, exist_ok=True)
with open(o.data + "/starts", "a") as f:
    f.write(json.dumps([os.getpid(), __package__, o.which, o.mqtt, o.site, o.pretend]) + "\\n")
if does == "slow":
    time.sleep(60)
print(json.dumps({"ready": True, "device": o.device, "pid": os.getpid()}), flush=True)
while True:
    time.sleep(60)
'''
DEVICES = {"kiosk-1": ("kiosk", ""), "lookup-1": ("kiosk", ""), "printer-1": ("ticket_printer", ""),
           "counter-1": ("counter_display", "box"), "counter-2": ("counter_display", "box"),
           "counter-3": ("counter_display", "box"), "tv-1": ("counter_display", "tv")}


class Demo:
    """One run of `motcua demo`; without its devices unless `devices` says what those do that have a fault."""

    def __init__(self, folder: Path, *options: str, hub_does: str = "", unread: bool = False,
                 devices: dict[str, str] | None = None) -> None:
        self.data = folder / "data"
        for room, program in {"hub": HUB, **{room: DEVICE for room, _ in DEVICES.values()}}.items():
            (folder / room).mkdir(exist_ok=True)
            (folder / room / "__init__.py").touch()
            (folder / room / "__main__.py").write_text(program, encoding="utf-8")
        self.log = folder / "log"
        if devices is None:
            options = (*options, "--no-devices")
        command = [sys.executable, "-m", "firmware_config.launcher", "demo", "--data", str(self.data),
                   "--http", "127.0.0.1:0", "--mqtt", "127.0.0.1:0", "--broker", BROKER, *options]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, text=True,
                stderr=subprocess.PIPE if unread else log,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), "LANG": "C.UTF-8", "HUB_DOES": hub_does,
                     "DEVICES_DO": json.dumps(devices or {})})

    def ready(self) -> dict[str, object]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"no ready line; the log:\n{self.said()}"
        read: dict[str, object] = json.loads(line)
        self.pids = read["pids"]
        return read

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def starts(self) -> list[list[object]]:
        path = self.data / "starts"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def starts_of(self, device: str) -> list[list[object]]:
        path = self.data / "devices" / device / "starts"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(15)


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def soon(what: Callable[[], object], within_s: float = 5.0) -> bool:
    limit = time.monotonic() + within_s
    while not what():
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def start() -> Iterator[Callable[..., Demo]]:
    started: list[Demo] = []
    folder = Path(tempfile.mkdtemp(prefix="motcua-"))  # not tmp_path: a socket's path has to be short

    def begin(*options: str, hub_does: str = "", unread: bool = False, devices: dict[str, str] | None = None) -> Demo:
        started.append(Demo(folder, *options, hub_does=hub_does, unread=unread, devices=devices))
        return started[-1]

    yield begin
    for demo in started:
        if demo.process.poll() is None:
            demo.end()
        for pipe in (demo.process.stdout, demo.process.stderr):
            if pipe is not None:
                pipe.close()
    shutil.rmtree(folder)


def test_it_says_once_that_all_is_ready(start: Callable[..., Demo]) -> None:
    demo = start("--site", "my-office", "--policy", "first-come", "--no-citizens")
    ready = demo.ready()
    assert set(ready) == {"ready", "site", "http", "mqtt", "data", "pids"}
    assert (ready["ready"], ready["site"], ready["data"]) == (True, "my-office", str(demo.data))
    assert brokers.listens(Address.read(str(ready["mqtt"])))
    pids = {child.pid for child in demo.children()}
    assert isinstance(ready["pids"], dict) and set(ready["pids"].values()) == pids
    assert demo.starts() == [[ready["pids"]["hub"], ready["http"], ready["mqtt"], "my-office", "first-come"]]
    assert demo.end() == 0
    assert demo.process.stdout is not None and demo.process.stdout.read() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_told_to_end_it_leaves_no_program_and_no_taken_port(number: int, start: Callable[..., Demo]) -> None:
    demo = start()
    ready = demo.ready()
    children = demo.children()
    assert len(children) == 2
    assert demo.end(number) == 0
    assert not any(alive(child) for child in children)
    assert not brokers.listens(Address.read(str(ready["mqtt"])))


def test_killed_outright_it_leaves_no_program_either(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.ready()
    children = demo.children()
    demo.end(signal.SIGKILL)
    assert soon(lambda: not any(alive(child) for child in children))


def test_after_a_kill_it_starts_again_at_once_on_the_same_folder_and_ports(start: Callable[..., Demo]) -> None:
    demo = start()
    ready = demo.ready()
    demo.end(signal.SIGKILL)
    again = start("--http", str(ready["http"]), "--mqtt", str(ready["mqtt"])).ready()
    assert (again["http"], again["mqtt"]) == (ready["http"], ready["mqtt"])


def test_a_hub_that_dies_is_started_again_with_the_same_ports(start: Callable[..., Demo]) -> None:
    demo = start()
    ready = demo.ready()
    for count in (1, 2):
        os.kill(int(str(demo.starts()[-1][0])), signal.SIGKILL)
        assert soon(lambda expected=1 + count: len(demo.starts()) == expected)  # type: ignore[misc]
    told = {tuple(start[1:]) for start in demo.starts()}
    assert told == {(ready["http"], ready["mqtt"], "trung-tu", "lane-then-time")}
    assert "demo: hub ended (by SIGKILL); it starts again in 0.2 s" in demo.said()
    assert soon(lambda: demo.said().count("the hub is ready again") == 2)


def test_a_broker_that_dies_is_started_again_at_its_port(start: Callable[..., Demo]) -> None:
    demo = start()
    ready = demo.ready()
    assert isinstance(ready["pids"], dict)
    os.kill(ready["pids"]["broker"], signal.SIGKILL)
    assert soon(lambda: "broker ended" in demo.said())
    assert soon(lambda: brokers.listens(Address.read(str(ready["mqtt"]))))
    assert len(demo.starts()) == 1


def test_a_second_demo_on_the_same_data_is_told_so(start: Callable[..., Demo]) -> None:
    first = start()
    first.ready()
    second = start()
    assert second.process.wait(10) == 2
    assert (f"motcua demo: a demo is already running on {first.data} (process {first.process.pid}); "
            "stop it, or give another folder with --data\n") in second.said()


def test_a_taken_port_is_one_line_with_the_cure(start: Callable[..., Demo]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        port = door.getsockname()[1]
        demo = start("--mqtt", f"127.0.0.1:{port}")
        assert demo.process.wait(10) == 2
    assert demo.said() == (f"motcua demo: port {port} on 127.0.0.1 is taken by another program; stop that, or choose "
                           "a free port with --mqtt 127.0.0.1:0\n")


@pytest.mark.parametrize("options, said", [
    (["--http", "0.0.0.0:0"], "motcua demo: --http 0.0.0.0:0 can be reached by others, and the demo trusts everybody; "
                              "use --http 127.0.0.1:0, or add --allow-lan\n"),
    (["--mqtt", "1883"], "motcua demo: '1883' is not HOST:PORT; write it as '127.0.0.1:8080', "
                         "the port being 0 to 65535\n"),
    (["--policy", "first-com"], "  command line: site.policy = 'first-com' is not in policies.toml; "
                                "did you mean 'first-come'?\n"),
    (["--data", "/proc/version/here"], "motcua demo: can not write in /proc/version/here (Not a directory); "
                                       "give a folder of yours with --data\n"),
])
def test_what_has_to_be_mended_first_is_said_plainly(options: list[str], said: str, start: Callable[..., Demo]) -> None:
    demo = start(*options)
    assert demo.process.wait(10) == 2
    assert demo.said().endswith(said)


def test_settings_of_ones_own_keep_their_own_site(tmp_path: Path, start: Callable[..., Demo]) -> None:
    demo = start("--settings", str(write(tmp_path / "own")))
    assert demo.ready()["site"] == "dong-da"


def test_a_hub_that_refuses_to_start_ends_the_demo_with_its_reason(start: Callable[..., Demo]) -> None:
    demo = start(hub_does="refuse")
    assert demo.process.wait(10) == 2
    assert "hub: no good journal\n" in demo.said()
    assert demo.said().endswith("motcua demo: the hub refused to start; its reason is above\n")
    assert demo.process.stdout is not None and demo.process.stdout.read() == ""


def test_a_log_line_that_has_a_time_is_not_given_a_second_one(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.ready()
    assert soon(lambda: "\n10:00:00 hub: serving\n" in demo.said())


def test_a_reader_that_stopped_reading_does_not_stop_the_office(start: Callable[..., Demo]) -> None:
    """Its stderr is a pipe that nobody empties, and the hub writes far more than a pipe holds."""
    demo = start(hub_does="chatter", unread=True)
    demo.ready()
    assert demo.end() == 0


@pytest.mark.slow
def test_a_hub_that_does_not_end_when_asked_is_killed(start: Callable[..., Demo]) -> None:
    demo = start(hub_does="deaf")
    demo.ready()
    children = demo.children()
    assert demo.end() == 0
    assert not any(alive(child) for child in children)
    assert "hub did not stop within 5 s and is killed" in demo.said()


def test_amqtt_serves_where_mosquitto_is_not_installed(start: Callable[..., Demo]) -> None:
    demo = start("--broker", "amqtt")
    ready = demo.ready()
    assert brokers.listens(Address.read(str(ready["mqtt"])))
    assert demo.end() == 0


def test_a_disk_that_is_nearly_full_is_said_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(premises.Missing, match=r"MiB left and 1000000000 are needed; make room"):
        premises.take_folder(tmp_path, 10**9)


def test_data_goes_where_the_desktop_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert premises.default_data("trung-tu") == tmp_path / "motcua" / "trung-tu"


def test_it_runs_every_device_of_the_site_that_is_a_program(start: Callable[..., Demo]) -> None:
    demo = start(devices={})
    ready = demo.ready()
    assert isinstance(ready["pids"], dict)
    assert set(ready["pids"]) == {"hub", "broker", *DEVICES}
    assert set(ready["pids"].values()) == {child.pid for child in demo.children()}
    for device, (room, which) in DEVICES.items():
        assert demo.starts_of(device) == [[ready["pids"][device], room, which, ready["mqtt"], "trung-tu",
                                           str(demo.data / "pretend")]]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_its_devices_are_gone_when_it_is(number: int, start: Callable[..., Demo]) -> None:
    demo = start(devices={})
    demo.ready()
    children = demo.children()
    assert len(children) == 2 + len(DEVICES)
    demo.end(number)
    assert soon(lambda: not any(alive(child) for child in children))


def test_a_device_that_dies_is_started_again(start: Callable[..., Demo]) -> None:
    demo = start(devices={})
    pids = demo.ready()["pids"]
    assert isinstance(pids, dict)
    os.kill(pids["counter-2"], signal.SIGKILL)
    assert soon(lambda: "demo: counter-2 is ready again" in demo.said())
    assert [len(demo.starts_of(device)) for device in DEVICES] == [2 if d == "counter-2" else 1 for d in DEVICES]


def test_a_device_that_refuses_to_start_does_not_stop_the_office(start: Callable[..., Demo]) -> None:
    demo = start(devices={"tv-1": "refuse"})
    pids = demo.ready()["pids"]
    assert isinstance(pids, dict) and set(pids) == {"hub", "broker", *DEVICES} - {"tv-1"}
    assert "tv-1: no such board\n" in demo.said()
    assert "demo: tv-1 refused to start; its reason is above, and the office goes on without it\n" in demo.said()
    assert demo.starts_of("tv-1") == []


@pytest.mark.slow
def test_a_device_that_does_not_come_is_waited_for_only_so_long(start: Callable[..., Demo]) -> None:
    began = time.monotonic()
    demo = start(devices={"kiosk-1": "slow"})
    pids = demo.ready()["pids"]
    assert 20 <= time.monotonic() - began < 40
    assert isinstance(pids, dict) and pids["kiosk-1"] == demo.starts_of("kiosk-1")[0][0]
    assert "demo: kiosk-1 is not ready yet; the office goes on without waiting for it\n" in demo.said()


@pytest.mark.slow
def test_devices_that_do_not_end_when_asked_are_killed_together(start: Callable[..., Demo]) -> None:
    demo = start(devices={"counter-1": "deaf", "counter-2": "deaf", "tv-1": "deaf"})
    demo.ready()
    children = demo.children()
    began = time.monotonic()
    assert demo.end() == 0
    assert time.monotonic() - began < 9
    assert not any(alive(child) for child in children)


def test_a_program_of_a_device_with_a_mistake_is_said_before_anything_starts(
        tmp_path: Path, start: Callable[..., Demo]) -> None:
    own = write(tmp_path / "own")
    (own / "programs").mkdir()
    (own / "programs" / "printer-1.toml").write_text("modle = 'x'", encoding="utf-8")
    demo = start("--settings", str(own), devices={})
    assert demo.process.wait(10) == 2
    assert "programs/printer-1.toml: unknown key 'modle'; did you mean 'model'?" in demo.said()
    assert start("--settings", str(own)).ready()["site"] == "dong-da"


def test_a_folder_too_deep_for_sockets_is_said_with_the_cure(tmp_path: Path, start: Callable[..., Demo]) -> None:
    deep = tmp_path / ("d" * 100)
    demo = start("--data", str(deep), devices={})
    assert demo.process.wait(10) == 2
    assert demo.said() == (f"motcua demo: {deep} is too long a name for the devices' sockets; give a shorter folder "
                           "with --data, or add --no-devices\n")


def test_the_person_is_greeted_in_the_machines_language() -> None:
    assert greeting("http://x/", True, {"LANG": "vi_VN.UTF-8"}).startswith("Sẵn sàng: mở http://x/")
    assert greeting("http://x/", True, {"LC_ALL": "C", "LANG": "vi_VN.UTF-8"}).startswith("Ready: open http://x/")
    assert "password" not in greeting("http://x/", False, {})
