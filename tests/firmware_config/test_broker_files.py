"""The files of a real office's broker, tried on a real mosquitto: who comes in, and who may say or hear what."""

import os
import re
import shutil
import socket
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from firmware_config import broker_access, broker_files, brokers
from firmware_config.forms import Address
from firmware_config.settings import load
from tests.firmware_config.office_folder import RIGHT, write

ROOT = "motcua/v1/dong-da"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
USERS = ("hub", "tablet-1", "printer-1", "ioc")
MOSQUITTO = brokers.mosquitto_program() or "mosquitto"


def make(settings_folder: Path, out: Path, *hosts: str, tls: int = 8883, renew: bool = False) -> broker_files.Written:
    return broker_files.make(load(settings_folder), out, ["127.0.0.1", "localhost", *hosts],
                             devices_at=Address("127.0.0.1", tls), renew=renew, now=NOW)


def secrets_in(out: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (out / "secrets").iterdir()}


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    os.umask(os.umask(0))  # whatever the umask is
    out = tmp_path / "out"
    make(write(tmp_path / "s"), out)
    closed = [out / "ca.key", out / "server.key", out / "passwords", out / "acl", *(out / "secrets").iterdir()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in closed} == {0o600}
    assert stat.S_IMODE((out / "secrets").stat().st_mode) == 0o700
    assert set(secrets_in(out)) == set(USERS)
    assert len(set(secrets_in(out).values())) == len(USERS)


def test_a_second_run_keeps_every_secret_and_gives_only_the_new_device_one(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "s"), tmp_path / "out"
    make(folder, out)
    before, key = secrets_in(out), (out / "server.key").read_bytes()
    with (folder / "devices.toml").open("a") as devices:
        devices.write('\n[[device]]\nid = "tv-1"\nrole = "tv"\n')
    written = make(folder, out)
    assert {name: secrets_in(out)[name] for name in before} == before
    assert "secrets/tv-1" in written.made and "secrets/hub" in written.kept
    assert (out / "server.key").read_bytes() == key


def test_renewing_makes_all_passwords_and_the_key_anew_but_keeps_the_authority(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "s"), tmp_path / "out"
    make(folder, out)
    before, ca, key = secrets_in(out), (out / "ca.crt").read_bytes(), (out / "server.key").read_bytes()
    make(folder, out, renew=True)
    assert all(secrets_in(out)[name] != before[name] for name in before)
    assert (out / "ca.crt").read_bytes() == ca
    assert (out / "server.key").read_bytes() != key


def test_a_new_name_of_the_hub_makes_a_new_certificate(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "s"), tmp_path / "out"
    make(folder, out)
    assert "server.crt" in make(folder, out, "192.168.1.10").made
    assert "server.crt" in make(folder, out, "192.168.1.10").kept


def test_only_an_integration_hears_events(tmp_path: Path) -> None:
    sections = broker_access.acl(load(write(tmp_path))).split("\nuser ")
    assert [section.split("\n")[0] for section in sections if f"read {ROOT}/event/#" in section] == ["ioc"]


def test_the_hub_on_another_machine_comes_in_through_tls(tmp_path: Path) -> None:
    folder, out = write(tmp_path / "s", hub='mqtt = "192.168.1.9:8883"'), tmp_path / "out"
    make(folder, out)
    assert (out / "mosquitto.conf").read_text().count("\nlistener ") == 1
    assert "hub:$7$" in (out / "passwords").read_text()


@pytest.mark.needs("mosquitto_passwd")
def test_a_password_line_is_the_one_mosquitto_itself_makes(tmp_path: Path) -> None:
    import base64
    path = tmp_path / "p"
    path.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(path), "tv-1", "một cửa"], check=True, capture_output=True)
    salt = base64.b64decode(path.read_text().split("$")[3])
    assert path.read_text().strip() == broker_access.password_line("tv-1", "một cửa", salt)


def test_the_command_says_what_to_mend(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(write(tmp_path / "s"))
    assert broker_files.main(["--settings", folder, "--out", str(tmp_path / "o"), "--host", "http://hub"]) == 2
    assert "--host 'http://hub' is no name or address" in capsys.readouterr().err
    assert broker_files.main(["--settings", folder, "--out", str(tmp_path / "s" / "site.toml")]) == 2
    assert "File exists" in capsys.readouterr().err


def test_the_command_prints_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert broker_files.main(["--settings", str(write(tmp_path / "s")), "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "secrets/tablet-1" in printed
    assert not any(secret.strip() in printed for secret in secrets_in(out).values())


@dataclass(frozen=True)
class Broker:
    """A running mosquitto with generated files."""

    out: Path
    plain: int
    tls: int

    def client(self, user: str | None, *, tls: bool = True, password: str | None = None,
               client_id: str = "") -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
        if user is not None:
            secret = (self.out / "secrets" / user).read_text().strip() if password is None else password
            client.username_pw_set(user, secret)
        if tls:
            client.tls_set(ca_certs=str(self.out / "ca.crt"))
        return client

    def comes_in(self, client: paho.Client, port: int) -> bool:
        """Whether the broker's answer to CONNECT is yes; the connection stays open for `client`."""
        answer: list[bool] = []
        answered = threading.Event()

        def on_connect(_c: object, _u: object, _f: object, reason: object, _p: object) -> None:
            answer.append(not reason.is_failure)  # type: ignore[attr-defined]
            answered.set()

        client.on_connect = on_connect
        client.connect("127.0.0.1", port)
        client.loop_start()
        assert answered.wait(5)
        return answer[0]


def free_ports(count: int) -> list[int]:
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [door.getsockname()[1] for door in doors]
    for door in doors:
        door.close()
    return ports


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    if shutil.which(MOSQUITTO) is None:
        pytest.skip("mosquitto is not installed; type: sudo apt-get install mosquitto")
    plain, tls = free_ports(2)
    folder = tmp_path_factory.mktemp("broker")
    out = folder / "out"
    kiosks = "".join(f'[[device]]\nid = "kiosk-{n}"\nrole = "kiosk"\n' for n in (1, 2))
    office = write(folder / "s", hub=f'mqtt = "127.0.0.1:{plain}"', devices=RIGHT["devices.toml"] + kiosks)
    make(office, out, tls=tls)
    # Root's mosquitto would become another user, whom the test's own folder does not let in.
    text = ("user root\n" if os.geteuid() == 0 else "") + (out / "mosquitto.conf").read_text()
    (folder / "test.conf").write_text(text + "log_dest stderr\n")
    process = subprocess.Popen([MOSQUITTO, "-c", str(folder / "test.conf")], stderr=subprocess.PIPE)
    try:
        limit = time.monotonic() + 5
        while not (brokers.listens(Address("127.0.0.1", plain)) and brokers.listens(Address("127.0.0.1", tls))):
            assert process.poll() is None and time.monotonic() < limit, process.stderr and process.stderr.read()
            time.sleep(0.02)
        yield Broker(out, plain, tls)
    finally:
        process.terminate()
        process.wait(5)


@pytest.mark.parametrize("user, tls, password, welcome", [
    ("hub", False, None, True),
    ("tablet-1", True, None, True),
    (None, True, None, False),
    (None, False, None, False),
    ("tablet-1", True, "wrong", False),
    ("tablet-1", True, "", False),
    ("stranger", True, "x", False),
    ("hub", True, None, False),        # the hub's account is of no use in the hall
    ("tablet-1", False, None, False),  # nor a device's on the hub's own door
])
def test_only_a_known_account_comes_in_and_only_by_its_own_door(
        broker: Broker, user: str | None, tls: bool, password: str | None, welcome: bool) -> None:
    client = broker.client(user, tls=tls, password=password)
    try:
        assert broker.comes_in(client, broker.tls if tls else broker.plain) is welcome
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("version, welcome", [
    (ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)])
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused_and_the_certificate_holds_to_the_letter(
        broker: Broker, version: ssl.TLSVersion, welcome: bool) -> None:
    context = ssl.create_default_context(cafile=str(broker.out / "ca.crt"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # Python 3.13 and later ask for this
    context.set_ciphers("DEFAULT@SECLEVEL=0" if not welcome else "DEFAULT")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", broker.tls)) as plain:
        if welcome:
            with context.wrap_socket(plain, server_hostname="localhost") as secure:
                assert secure.version() == version.name.replace("_", ".")
        else:
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                context.wrap_socket(plain, server_hostname="localhost")


WRITABLE = {
    "hub": {"state/board", "state/services", "hub/status", "event/ticket-called", "device/tablet-1/reply",
            "device/tablet-1/command", "device/tablet-1/status", "device/printer-1/status", "hub/command/tablet-1",
            "hub/command/printer-1"},
    "tablet-1": {"hub/command/tablet-1", "device/tablet-1/status"},
    "printer-1": {"hub/command/printer-1", "device/printer-1/status"},
    "ioc": {"hub/command/ioc", "device/ioc/status"},
}
EVERY_TOPIC = sorted(set().union(*WRITABLE.values()) | {"hub/command/hub", "state/counter/1", "elsewhere"})


def readable(user: str, topic: str) -> bool:
    """The rule of the wire page, said once more and shorter."""
    own = topic.startswith((f"device/{user}/", "state/")) or topic == "hub/status"
    return own or user == "hub" or (user == "ioc" and topic.startswith("event/"))


@pytest.fixture(scope="module")
def connected(broker: Broker) -> Iterator[dict[str, paho.Client]]:
    clients = {user: broker.client(user, tls=user != "hub") for user in USERS}
    for user, client in clients.items():
        assert broker.comes_in(client, broker.plain if user == "hub" else broker.tls)
    yield clients
    for client in clients.values():
        client.disconnect()
        client.loop_stop()


def heard_until(client: paho.Client, topic: str) -> "tuple[list[tuple[str, str]], threading.Event]":
    """Collect what the client hears below the site, until something comes on `topic`."""
    heard: list[tuple[str, str]] = []
    last = threading.Event()

    def on_message(_c: object, _u: object, message: paho.MQTTMessage) -> None:
        if message.topic == f"{ROOT}/{topic}" and message.payload == b"last":
            last.set()
        elif message.topic.startswith(f"{ROOT}/"):
            heard.append((message.topic.removeprefix(f"{ROOT}/"), message.payload.decode()))

    client.on_message = on_message
    return heard, last


def subscribe(client: paho.Client, *filters: str) -> None:
    done = threading.Event()
    client.on_subscribe = lambda *_: done.set()
    client.subscribe([(each, 1) for each in filters])
    assert done.wait(5)


def test_each_account_can_write_its_own_topics_and_no_other(connected: dict[str, paho.Client]) -> None:
    """Everybody writes to everything; the hub, which hears all, tells what came through."""
    heard, last = heard_until(connected["hub"], "state/end")
    subscribe(connected["hub"], f"{ROOT}/#")
    for user, client in connected.items():
        for topic in EVERY_TOPIC:
            client.publish(f"{ROOT}/{topic}", user, qos=1).wait_for_publish(5)
    connected["hub"].publish(f"{ROOT}/state/end", "last", qos=1)
    assert last.wait(5)
    written = {user: {topic for topic, sender in heard if sender == user} for user in USERS}
    assert written == {**WRITABLE, "hub": set(EVERY_TOPIC)}


@pytest.mark.parametrize("user", USERS[1:])
def test_each_account_hears_what_it_may_whatever_it_asks_for(user: str, connected: dict[str, paho.Client]) -> None:
    heard, last = heard_until(connected[user], "state/end")
    subscribe(connected[user], "#", "$SYS/#", "+/+/+/#", f"{ROOT}/#", f"{ROOT}/device/+/reply")
    for topic in EVERY_TOPIC:
        connected["hub"].publish(f"{ROOT}/{topic}", "to you", qos=1).wait_for_publish(5)
    connected["hub"].publish(f"{ROOT}/state/end", "last", qos=1)
    assert last.wait(5)
    assert {topic for topic, text in heard if text == "to you"} == {t for t in EVERY_TOPIC if readable(user, t)}


@pytest.mark.parametrize("will, welcome", [("device/kiosk-1/status", True), ("device/tablet-1/status", False)])
def test_a_last_will_is_held_to_the_same_list(will: str, welcome: bool, broker: Broker) -> None:
    hub = broker.client("hub", tls=False)
    assert broker.comes_in(hub, broker.plain)
    heard, last = heard_until(hub, "state/end")
    subscribe(hub, f"{ROOT}/#")
    dying = broker.client("kiosk-1")
    dying.will_set(f"{ROOT}/{will}", "gone", qos=1)
    assert broker.comes_in(dying, broker.tls)
    dying.on_disconnect = lambda *_: dying.loop_stop()
    dying.socket().shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]
    time.sleep(0.3)
    hub.publish(f"{ROOT}/state/end", "last", qos=1)
    assert last.wait(5)
    assert ((will, "gone") in heard) is welcome
    hub.disconnect()
    hub.loop_stop()


def test_no_device_can_throw_another_out_by_its_client_id(broker: Broker) -> None:
    kiosk, thrown = broker.client("kiosk-1", client_id="kiosk-1"), threading.Event()
    assert broker.comes_in(kiosk, broker.tls)
    kiosk.on_disconnect = lambda *_: thrown.set()
    thief = broker.client("kiosk-2", client_id="kiosk-1")
    assert broker.comes_in(thief, broker.tls)
    assert not thrown.wait(0.3)
    for client in (kiosk, thief):
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("size, comes_through", [(256 * 1024, True), (400 * 1024, False)])
def test_the_largest_state_comes_through_and_what_is_larger_ends_the_connection(
        size: int, comes_through: bool, broker: Broker) -> None:
    hub, end = broker.client("hub", tls=False), threading.Event()
    assert broker.comes_in(hub, broker.plain)
    came: list[int] = []

    def on_message(_c: object, _u: object, message: paho.MQTTMessage) -> None:
        came.append(len(message.payload))
        end.set()

    hub.on_message, hub.on_disconnect = on_message, lambda *_: end.set()
    subscribe(hub, f"{ROOT}/state/board")
    hub.publish(f"{ROOT}/state/board", b" " * size)
    assert end.wait(5)
    hub.disconnect()
    hub.loop_stop()
    assert came == ([size] if comes_through else [])


def test_the_configuration_names_no_password(tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(write(tmp_path / "s"), out)
    assert not re.search(r"\$7\$", (out / "mosquitto.conf").read_text() + (out / "acl").read_text())
