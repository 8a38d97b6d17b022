"""A real office's broker: TLS, an account for each device, and nobody hears or says what is not theirs (fault 53)."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from tests.e2e import oracle
from tests.e2e.device import Device, new_id
from tests.e2e.office import SHIPPED, Hub, free_port, motcua, soon

pytestmark = [pytest.mark.e2e, pytest.mark.needs("mosquitto")]

TRIAL_ONLY = ("demo = true", "open_counters_at_start = true", "unknown_devices = true")


def real_settings(folder: Path, port: int, keys: Path) -> Path:
    """The demo's settings made those of a real office: one integration more, no published password, TLS for the hub."""
    shutil.copytree(SHIPPED, folder)
    site = folder / "site.toml"
    text = site.read_text(encoding="utf-8")
    for line in TRIAL_ONLY:
        assert line in text
        text = text.replace(line, "")
    site.write_text(text, encoding="utf-8")
    with (folder / "devices.toml").open("a", encoding="utf-8") as devices:
        devices.write('\n[[device]]\nid = "ioc"\nrole = "integration"\n')
    (folder / "accounts.toml").write_text(
        '[[account]]\nuser = "head"\nname = "Head"\nrole = "head"\nadmin = true\n'
        f'password_hash = "{PasswordHasher(1, 8, 1).hash("a word of our own")}"\n', encoding="utf-8")
    # The address of another machine: so the hub gets an account for TLS. The option --mqtt then brings it here.
    (folder / "hub.toml").write_text(
        f'mqtt = "192.0.2.1:{port}"\nmqtt_user = "hub"\nmqtt_password_file = "{keys}/secrets/hub"\n'
        f'mqtt_ca = "{keys}/ca.crt"\n', encoding="utf-8")
    return folder


@dataclass
class Office:
    """A real office; ``badge`` lets a device in with its own account."""

    hub: Hub
    keys: Path

    def secret(self, device: str) -> str:
        """The password that `motcua broker-files` made for a device."""
        return (self.keys / "secrets" / device).read_text().strip()

    def stranger(self, name: str, *, user: str = "", password: str = "", ca: bool = True,
                 topics: tuple[str, ...] = ()) -> Device:
        """Somebody who wants to come in, not yet on the line."""
        return Device(self.hub.mqtt, self.hub.site, name, user=user, password=password, topics=topics,
                      ca=str(self.keys / "ca.crt") if ca else "")

    @contextlib.contextmanager
    def badge(self, name: str, *topics: str) -> Iterator[Device]:
        """A device with its own account, on the line."""
        with self.stranger(name, user=name, password=self.secret(name), topics=topics) as device:
            yield device


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("real")
    port, keys = free_port(), folder / "broker"
    settings = real_settings(folder / "settings", port, keys)
    made = motcua("broker-files", "--settings", str(settings), "--out", str(keys), "--host", "127.0.0.1",
                  "--listen", f"127.0.0.1:{port}")
    assert made.returncode == 0, made.stderr
    checked = motcua("settings", "check", str(settings))
    assert checked.returncode == 0, checked
    hub = Hub(folder, settings=settings, broker=(keys / "mosquitto.conf").read_text())
    hub.mqtt = hub.broker.address = f"127.0.0.1:{port}"
    hub.start()
    yield Office(hub, keys)
    hub.end()


def test_one_visit_goes_its_way_over_tls_and_the_integration_hears_all_of_it(office: Office) -> None:
    with (office.badge("kiosk-1") as kiosk, office.badge("counter-1") as counter, office.badge("tablet-1") as tablet,
          office.badge("ioc", "event/#") as ioc, office.badge("tv-1", "state/#") as tv):
        counter.ok("open-counter", counter=1)
        ticket = kiosk.take("ho-tich")
        assert counter.ok("call-next", counter=1, at_counter=None)["ticket"]["id"] == ticket["id"]
        tv.state("state/board", lambda s: bool(s["calls"]) and s["calls"][-1]["ticket"] == ticket["id"])
        counter.ok("start-service", counter=1)
        counter.ok("finish", counter=1, at_counter=ticket["id"], outcome="received")
        assert tablet.ok("rate", ticket=ticket["id"], score=5)["counted"] is True
        ioc.wait(lambda h: h.topic == "event/visit-rated" and h.body["ticket"] == ticket["id"], "the rating")
        events = [h.body for h in ioc.heard if h.topic.startswith("event/")]
        about = [event["event"] for event in events if event.get("ticket") == ticket["id"]]
        assert about == ["ticket-issued", "ticket-called", "service-started", "service-finished", "visit-rated"]
        seqs = [event["seq"] for event in events]
        assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
        told = {(d.name, k): v for d in (kiosk, counter, tablet) for k, v in d.answers.items()}
    journal = oracle.check(office.hub.data, told)
    assert journal.visits[ticket["id"]]["score"] == 5


def test_fault_53_a_device_hears_neither_the_replies_of_another_nor_any_event(office: Office) -> None:
    with (office.badge("tv-1", "device/kiosk-1/reply", "device/+/reply", "event/#", "hub/command/#", "#") as nosy,
          office.badge("kiosk-1") as kiosk, office.badge("ioc", "event/#", "device/kiosk-1/reply") as ioc):
        ticket = kiosk.take("ho-tich")
        ioc.wait(lambda h: h.topic == "event/ticket-issued" and h.body["ticket"] == ticket["id"], "the event")
        nosy.wait(lambda h: h.topic == "state/board" and h.body["waiting"]["ho-tich"] > 0, "the board")
        heard = {h.topic for h in nosy.heard}
        assert heard and all(topic.startswith(("state/", "hub/status", "device/tv-1/")) for topic in heard), heard
        assert all(h.topic.startswith("event/") for h in ioc.heard)


def test_fault_53_a_device_can_not_speak_as_another_nor_as_the_hub(office: Office) -> None:
    with (office.badge("kiosk-1") as kiosk, office.badge("counter-1", "state/#") as counter,
          office.badge("tv-1") as liar):
        counter.ok("open-counter", counter=1)
        kiosk.take("dat-dai")
        before = len(oracle.Journal(office.hub.data).events)
        stolen = new_id()
        liar.tell({"id": stolen, "command": "call-next", "counter": 1}, name="counter-1")
        liar.publish("state/board", b'{"calls": "all lies"}', retain=True)
        liar.publish("event/ticket-called", b"{}")
        liar.publish("device/counter-1/reply", b'{"id": "no", "ok": true}')
        # Its own word is heard, and refused: it has the role of a screen.
        assert liar.ask("call-next", counter=1)["refusal"] == "not-allowed"
        assert kiosk.ask("call-next", counter=1)["refusal"] == "not-allowed"
        assert counter.ask("pause-counter", counter=2)["refusal"] == "not-allowed"
        assert len(oracle.check(office.hub.data).events) == before
        assert stolen not in counter.answers
        assert not [h for h in counter.heard if b"all lies" in h.payload or h.body.get("id") == "no"]


def test_fault_53_nobody_comes_in_without_the_right_account(office: Office) -> None:
    tries = {
        "anonymous": office.stranger("kiosk-1"),
        "a wrong password": office.stranger("kiosk-1", user="kiosk-1", password="guess"),
        "another's password": office.stranger("kiosk-1", user="kiosk-1", password=office.secret("tv-1")),
        "an unknown name": office.stranger("nobody", user="nobody", password=office.secret("tv-1")),
    }
    for how, device in tries.items():
        device.start(wait=False)
        assert soon(lambda d=device: d.refused), f"{how} was not refused"  # type: ignore[misc]
        assert not device.on_the_line, how
        device.stop()
    plain = office.stranger("kiosk-1", user="kiosk-1", password=office.secret("kiosk-1"), ca=False)
    plain.start(wait=False)
    time.sleep(0.5)  # a refusal has no sign here: the broker hangs up on what is no TLS
    assert not plain.on_the_line
    plain.stop()


def test_fault_53_the_broker_shows_a_certificate_of_the_offices_own_authority_only(office: Office) -> None:
    port = int(office.hub.mqtt.rpartition(":")[2])
    ours = ssl.create_default_context(cafile=str(office.keys / "ca.crt"))
    with (socket.create_connection(("127.0.0.1", port), 5) as door,
          ours.wrap_socket(door, server_hostname="127.0.0.1") as tls):
        assert tls.version() in ("TLSv1.2", "TLSv1.3")
    anybodys = ssl.create_default_context()
    with (socket.create_connection(("127.0.0.1", port), 5) as door,
          pytest.raises(ssl.SSLCertVerificationError),
          anybodys.wrap_socket(door, server_hostname="127.0.0.1")):
        pass
