"""What only the real cable can do wrong: passwords, certificates, bursts, and a broker that dies."""

import datetime
import ipaddress
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.wire.broker import Mosquitto, free_port, until
from wire.link import Callbacks, Incoming
from wire.paho import PahoLink

pytestmark = pytest.mark.needs("mosquitto")


@pytest.fixture
def link() -> Iterator[Callable[..., PahoLink]]:
    """Makes links, starts them, and stops them after the test."""
    made: list[PahoLink] = []

    def make(port: int, name: str, *topics: str, heard: list[Incoming] | None = None, **how: str) -> PahoLink:
        one = PahoLink("127.0.0.1", port, client_id=name, **how)  # type: ignore[arg-type]
        made.append(one)
        one.start(Callbacks((heard if heard is not None else []).append), subscribe=[(t, 1) for t in topics])
        return one

    yield make
    for one in made:
        one.stop()


def test_a_refused_password_is_told_once_and_tried_again(
        mosquitto: Callable[..., Mosquitto], link: Callable[..., PahoLink], caplog: pytest.LogCaptureFixture) -> None:
    """The installer reads one line, not one each second."""
    broker = mosquitto("allow_anonymous false")
    wrong = link(broker.port, "kiosk-1", username="kiosk-1", password="nope")
    assert until(lambda: wrong.last_error)
    time.sleep(0.7)
    assert not wrong.connected and not wrong.publish("a", b"1")
    for words in ("refuses", "kiosk-1", "password"):
        assert words in wrong.last_error
    assert "nope" not in caplog.text
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1


def test_nothing_at_the_address_is_told_and_tried_again(
        mosquitto: Callable[..., Mosquitto], link: Callable[..., PahoLink]) -> None:
    """And the complaint is gone when the line is there."""
    broker = mosquitto()
    broker.kill()
    early = link(broker.port, "kiosk-1")
    assert until(lambda: "refused" in early.last_error)
    broker.start()
    assert until(lambda: early.connected)
    assert early.last_error == ""


def test_a_forbidden_topic_is_told(link: Callable[..., PahoLink]) -> None:
    """A device whose access list is wrong would else be deaf without a word.

    The broker here is a few bytes of its own: mosquitto 2.0 does not refuse a filter, it only stays silent.
    """
    with socket.create_server(("127.0.0.1", 0)) as door:
        deaf = link(door.getsockname()[1], "kiosk-1", "forbidden")
        line, _ = door.accept()
        with line:
            line.recv(1000)                                                    # CONNECT
            line.sendall(b"\x20\x02\x00\x00")                                  # CONNACK: come in
            asked = line.recv(1000)                                            # SUBSCRIBE
            line.sendall(b"\x90\x03" + asked[2:4] + b"\x80")                   # SUBACK: not that
            assert until(lambda: "access list" in deaf.last_error)
            assert "forbidden" in deaf.last_error


def test_stopping_is_quick_whatever_the_line_does(
        mosquitto: Callable[..., Mosquitto], link: Callable[..., PahoLink]) -> None:
    """Also while there is no broker at all; a service must not hang at shutdown."""
    up = link(mosquitto().port, "up")
    assert until(lambda: up.connected)
    down = link(free_port(), "down")
    assert until(lambda: down.last_error)
    for one in (up, down):
        began = time.monotonic()
        one.stop()
        assert time.monotonic() - began < 2.5
        assert not [t for t in threading.enumerate() if t.name == f"link-{one.client_id}" and one is up]


def test_a_burst_from_many_threads_arrives_whole(
        mosquitto: Callable[..., Mosquitto], link: Callable[..., PahoLink]) -> None:
    """Large states fill the socket's buffer, while PUBACKs are written by the network thread."""
    broker = mosquitto("allow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0")
    heard: list[Incoming] = []
    ear = link(broker.port, "ear", "big/#", heard=heard)
    sender = link(broker.port, "sender", "echo")
    other = link(broker.port, "other")
    assert until(lambda: ear.connected and sender.connected and other.connected)
    time.sleep(0.1)

    def speak(who: int) -> None:
        for i in range(25):
            assert sender.publish(f"big/{who}", b"%03d" % i + bytes([who]) * 100_000, qos=1)
            other.publish("echo", b"x", qos=1)        # makes the sender's own thread write PUBACKs

    threads = [threading.Thread(target=speak, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert until(lambda: len(heard) == 100, 20)
    for who in range(4):
        mine = [m.payload for m in heard if m.topic == f"big/{who}"]
        assert [int(p[:3]) for p in mine] == list(range(25))
        assert all(p[3:] == bytes([who]) * 100_000 for p in mine)
    assert sender.connected and sender.last_error == ""


def test_publishing_through_a_dying_broker_neither_blocks_nor_raises(
        mosquitto: Callable[..., Mosquitto], link: Callable[..., PahoLink]) -> None:
    """Three kills while two threads publish; the line is there again after each."""
    broker = mosquitto()
    sender = link(broker.port, "sender", "a")
    assert until(lambda: sender.connected)
    over = threading.Event()
    failed: list[BaseException] = []
    slowest: list[float] = [0.0]

    def speak() -> None:
        try:
            while not over.is_set():
                began = time.monotonic()
                sender.publish("a", b"x" * 2000, qos=1)
                slowest[0] = max(slowest[0], time.monotonic() - began)
                time.sleep(0.001)
        except BaseException as wrong:
            failed.append(wrong)

    threads = [threading.Thread(target=speak) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.2)
        broker.kill()
        assert until(lambda: not sender.connected)
        broker.start()
        assert until(lambda: sender.connected)
    over.set()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert failed == [] and slowest[0] < 1.0


def _authority(folder: Path) -> tuple[Path, Path, Path]:
    """A certificate of its own authority for 127.0.0.1: the authority's file, the certificate, the key."""
    now = datetime.datetime.now(datetime.UTC)
    paths = folder / "ca.pem", folder / "cert.pem", folder / "key.pem"
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def certificate(name: str, public: ec.EllipticCurvePublicKey, ca: bool) -> x509.Certificate:
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "motcua test authority")])
        made = (x509.CertificateBuilder().subject_name(issuer if ca else who).issuer_name(issuer)
                .public_key(public).serial_number(x509.random_serial_number())
                .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(hours=1))
                .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True))
        if not ca:
            address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
        return made.sign(ca_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    paths[0].write_bytes(certificate("the authority", ca_key.public_key(), True).public_bytes(pem))
    paths[1].write_bytes(certificate("127.0.0.1", key.public_key(), False).public_bytes(pem))
    paths[2].write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


def test_over_tls_messages_arrive_and_a_stranger_s_certificate_is_refused(
        mosquitto: Callable[..., Mosquitto], link: Callable[..., PahoLink], tmp_path: Path) -> None:
    """Both ways at once, in sizes that need many TLS records."""
    ca, cert, key = _authority(tmp_path)
    broker = mosquitto(f"allow_anonymous true\ncafile {ca}\ncertfile {cert}\nkeyfile {key}")
    heard: list[Incoming] = []
    one = link(broker.port, "one", "a", heard=heard, ca_file=str(ca))
    two = link(broker.port, "two", ca_file=str(ca))
    assert until(lambda: one.connected and two.connected)
    time.sleep(0.1)
    for i in range(40):
        assert two.publish("a", b"%02d" % i + b"x" * 60_000, qos=1)
        assert one.publish("b", b"y" * 30_000, qos=1)
    assert until(lambda: len(heard) == 40)
    assert [int(m.payload[:2]) for m in heard] == list(range(40))
    (tmp_path / "stranger").mkdir()
    stranger = link(broker.port, "stranger", ca_file=str(_authority(tmp_path / "stranger")[0]))
    assert until(lambda: stranger.last_error)
    assert not stranger.connected and "certificate verify failed" in stranger.last_error


def test_a_link_stopped_while_it_was_connecting_does_not_come_back(
        mosquitto: Callable[..., Mosquitto], link: Callable[..., PahoLink]) -> None:
    """The broker would else throw its successor of the same name out, again and again."""
    broker = mosquitto()
    for _ in range(15):
        one = link(broker.port, "kiosk-1")
        one.stop()
    successor = link(broker.port, "kiosk-1")
    assert until(lambda: successor.connected)
    time.sleep(0.5)
    assert successor.connected and successor.last_error == ""
    assert len([t for t in threading.enumerate() if t.name == "link-kiosk-1"]) == 1


def _packets(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """The MQTT packets in `stream`: first byte and body."""
    at = 0
    while at < len(stream):
        first, length, shift = stream[at], 0, 0
        while True:
            at += 1
            length += (stream[at] & 127) << shift
            shift += 7
            if stream[at] < 128:
                break
        yield first, stream[at + 1:at + 1 + length]
        at += 1 + length


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that take turns as often as they can, so that a race is met while one waits."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("restless")
def test_no_packet_gets_into_another_though_two_threads_write(link: Callable[..., PahoLink]) -> None:
    """A broker that reads slowly and talks much: the reader's PUBACKs and a publisher's states share one socket."""
    count, body = 600, b"x" * 20_000
    with socket.create_server(("127.0.0.1", 0)) as door:
        sender = link(door.getsockname()[1], "sender")
        line, _ = door.accept()
        with line:
            line.recv(1000)
            line.sendall(b"\x20\x02\x00\x00")
            assert until(lambda: sender.connected)
            chatter = b"".join(b"\x32\x09\x00\x01e" + mid.to_bytes(2, "big") + b"ping" for mid in range(1, 3001))
            talker = threading.Thread(target=line.sendall, args=(chatter,))
            speaker = threading.Thread(
                target=lambda: [sender.publish("s", b"%04d" % i + body) for i in range(count)])
            talker.start(), speaker.start()
            heard, line_over = bytearray(), time.monotonic() + 20
            line.settimeout(5)
            while len(heard) < count * (len(body) + 11) + 3000 * 4 and time.monotonic() < line_over:
                heard += line.recv(3000)
            talker.join(), speaker.join()
    states: list[int] = []
    for first, packet in _packets(bytes(heard)):
        assert first in (0x30, 0x40)
        if first == 0x40:
            assert len(packet) == 2
        else:
            assert packet[:3] == b"\x00\x01s" and packet[7:] == body
            states.append(int(packet[3:7]))
    assert states == list(range(count))
