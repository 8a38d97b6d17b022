"""The printer's program: the hub asks, paper comes out, the hub hears of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from tests.ticket_printer.office import HANOI, OFFICE, ticket
from tests.wire.broker import Mosquitto, until
from ticket_printer.__main__ import main
from ticket_printer.device import PrinterDevice, answer
from ticket_printer.press import Job
from wire import codec, pretend
from wire.commands import PrintTicket
from wire.device import Device, Identity
from wire.link import Callbacks, Will
from wire.memory import MemoryBroker, MemoryLink
from wire.messages import HubStatus, Reply
from wire.outbox import Outbox
from wire.paho import PahoLink
from wire.topics import Topics

TOPICS = Topics("trung-tu")
SITE = Path(__file__).parents[2] / "firmware_config" / "sites" / "trung-tu"
SINCE = "2026-11-22T08:00:00.000+07:00"


class PretendHub:
    """Beats, hears, and answers each command that it is told to answer."""

    def __init__(self, link, *, answers=True):
        self.link, self.answers = link, answers
        self.commands, self.status = [], []
        self._ends = threading.Event()
        self._beat = 100
        link.start(Callbacks(self._heard), will=Will(TOPICS.hub_status, b'{"online":false}'),
                   subscribe=[(TOPICS.every_command, 1), (TOPICS.device_status("printer-1"), 1)])
        self._thread = threading.Thread(target=self._beats, daemon=True)
        self._thread.start()

    def _beats(self):
        while not self._ends.wait(0.1):
            self._beat += 1
            self.link.publish(TOPICS.hub_status, codec.encode(HubStatus(online=True, beat=self._beat, at=SINCE)),
                              qos=1, retain=True)

    def _heard(self, message):
        raw = json.loads(message.payload)
        if "command" not in raw:
            self.status.append(raw)
            return
        self.commands.append(raw)
        if self.answers:
            self.link.publish(TOPICS.reply("printer-1"), codec.encode(Reply(id=raw["id"], ok=True)), qos=1)

    def print(self, slip_id, *, copy=False, valid_s=30.0, **changed):
        asked = PrintTicket(id=slip_id, ticket=msgspec.to_builtins(ticket(**changed)), copy=copy, valid_s=valid_s)
        self.link.publish(TOPICS.device_command("printer-1"), codec.encode(asked), qos=1)

    def told(self, command):
        return [one for one in self.commands if one["command"] == command]

    def stop(self):
        self._ends.set()
        self._thread.join()
        self.link.stop()


@pytest.fixture
def desk(tmp_path):
    """The device in this process, over a broker in memory, with a virtual printer."""
    from datetime import datetime

    from firmware_config.programs import Printer
    from ticket_printer import door

    broker = MemoryBroker()
    hub = PretendHub(MemoryLink(broker, "hub"))
    device = Device(MemoryLink(broker, "printer-1"), TOPICS, Identity("printer-1", "printer", "0.1.0", SINCE),
                    now=time.monotonic, new_id=lambda: "x" * 12, outbox=Outbox(tmp_path / "outbox.db"))
    printer = PrinterDevice(device, time.monotonic)
    printer.press = door.build(Printer(), folder=tmp_path, office=OFFICE, now=time.monotonic,
                               wall=lambda: datetime.now(HANOI), on_end=printer.ended, on_health=printer.health,
                               device="printer-1", pretend=tmp_path)
    running = threading.Thread(target=printer.run)
    running.start()
    assert until(lambda: hub.status and "health" in hub.status[-1])
    hub.printer = printer
    yield hub
    printer.quit()
    running.join()
    hub.stop()


def test_what_the_hub_asks_for_comes_out_and_the_hub_is_told(desk):
    desk.print("print-0001")
    assert until(lambda: desk.told("ticket-printed"))
    assert desk.told("ticket-printed")[0]["ticket"] == "t-0027"
    assert len(desk.printer.press.verbs["slips"]()["slips"]) == 1


def test_a_request_that_comes_again_is_answered_again_and_printed_once(desk):
    for _ in range(3):
        desk.print("print-0001")
    assert until(lambda: desk.told("ticket-printed"))
    desk.print("print-0001")
    time.sleep(0.5)
    assert len(desk.printer.press.verbs["slips"]()["slips"]) == 1
    assert len({one["id"] for one in desk.told("ticket-printed")}) == 1, "the same answer, which counts once"


def test_without_paper_the_hub_is_told_why_and_the_health_says_so(desk):
    desk.printer.press.verbs["paper"](state="out")
    desk.print("print-0001")
    assert until(lambda: desk.told("print-failed"))
    assert desk.told("print-failed")[0]["error"] == "paper-out"
    assert until(lambda: desk.status[-1]["health"] == {"paper": "out", "cover": "closed", "error": "paper-out"})


def test_a_request_that_is_no_ticket_harms_nobody(desk):
    desk.link.publish(TOPICS.device_command("printer-1"), codec.encode(
        PrintTicket(id="print-0001", ticket={"id": 7}, copy=False)), qos=1)
    desk.print("print-0002")
    assert until(lambda: desk.told("ticket-printed"))


def test_the_answer_for_a_slip_has_always_the_same_id_that_the_wire_allows():
    job = Job("p" * 64, ticket())
    first = answer(job, None)
    assert first == answer(job, None) and first.id != answer(job, "silent").id
    assert codec.decode(codec.encode(first), type(first)) == first


@pytest.fixture
def broker(tmp_path):
    made = Mosquitto(tmp_path, "allow_anonymous true")
    made.start()
    yield made
    made.kill()


def run(tmp_path, broker, *more):
    return subprocess.Popen(
        [sys.executable, "-m", "ticket_printer", "--device", "printer-1", "--settings", str(SITE), "--data",
         str(tmp_path / "data"), "--mqtt", f"127.0.0.1:{broker.port}", "--pretend", str(tmp_path), *more],
        cwd=SITE.parents[2], stdout=subprocess.PIPE, text=True)


@pytest.mark.needs("mosquitto")
def test_the_program_says_that_it_is_ready_prints_is_driven_by_its_socket_and_ends_in_order(tmp_path, broker):
    hub = PretendHub(PahoLink("127.0.0.1", broker.port, client_id="hub"))
    process = run(tmp_path, broker)
    try:
        assert json.loads(process.stdout.readline()) == {"ready": True, "device": "printer-1", "pid": process.pid}
        socket = tmp_path / "printer-1.sock"
        assert {"paper", "cover", "hang", "mute", "drop", "cut_line", "slips"} <= set(
            pretend.ask(socket, "verbs")["verbs"])
        assert until(lambda: hub.status and hub.status[-1].get("health", {}).get("paper") == "ok", 15)
        hub.print("print-0001")
        assert until(lambda: hub.told("ticket-printed"), 15)
        slips = pretend.ask(socket, "slips")["slips"]
        assert len(slips) == 1 and Path(slips[0]["png"]).is_file()
        pretend.ask(socket, "cover", open=True)
        assert until(lambda: hub.status[-1]["health"]["error"] == "cover-open", 8)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert until(lambda: hub.status[-1]["online"] is False)
        hub.stop()


@pytest.mark.needs("mosquitto")
def test_an_answer_that_the_hub_did_not_hear_is_given_after_a_kill(tmp_path, broker):
    hub = PretendHub(PahoLink("127.0.0.1", broker.port, client_id="hub"), answers=False)
    process = run(tmp_path, broker)
    try:
        process.stdout.readline()
        assert until(lambda: hub.status, 15)
        hub.print("print-0001")
        assert until(lambda: hub.told("ticket-printed"), 15)
        process.kill()
        process.wait()
        hub.commands.clear()
        hub.answers = True
        process = run(tmp_path, broker)
        assert until(lambda: hub.told("ticket-printed"), 15)
        assert len(pretend.ask(tmp_path / "printer-1.sock", "slips")["slips"]) == 1
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
        hub.stop()


def office_with(tmp_path, text):
    folder = tmp_path / "office"
    (folder / "programs").mkdir(parents=True)
    for path in SITE.glob("*.toml"):
        (folder / path.name).write_text(path.read_text("utf-8"), "utf-8")
    (folder / "programs" / "printer-1.toml").write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize("text, complaint", [
    ('model = "generic-81"', "did you mean 'generic-80'"), ('address = "nowhere"', "write it as '192.168.1.50:9100'"),
    ('baud = "fast"', "baud")])
def test_settings_that_can_not_be_end_with_one_line_and_code_2(tmp_path, capsys, text, complaint):
    assert main(["--device", "printer-1", "--settings", str(office_with(tmp_path, text)), "--data",
                 str(tmp_path / "data")]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--model", "xprinter-58", "--copy", "--language", "en"],
                                  ["--model", "epson-tm-t20-tcvn3", "--lane", "priority", "--track", "https://a.vn/t/A"]])
def test_a_preview_is_a_picture_of_the_slip(tmp_path, capsys, more):
    assert main(["preview", "--out", str(tmp_path / "slip.png"), "--at", SINCE, *more]) == 0
    assert "mm long" in capsys.readouterr().out
    assert (tmp_path / "slip.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("more, complaint", [(["--model", "generic-81"], "did you mean"),
                                             (["--settings", "/nowhere"], "/nowhere")])
def test_a_preview_that_can_not_be_says_why(tmp_path, capsys, more, complaint):
    assert main(["preview", "--out", str(tmp_path / "slip.png"), *more]) == 2
    assert complaint in capsys.readouterr().err
