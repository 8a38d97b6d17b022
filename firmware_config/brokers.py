"""The demo's own MQTT broker: which program it is, how it is told to listen, and when it does.

It takes anyone, so it listens on loopback unless the person who starts it insists. A real office uses the files of
`motcua broker-files` instead.
"""

import importlib.util
import os
import shutil
import socket
import sys
from pathlib import Path

from firmware_config.forms import Address

NAMES = ("auto", "mosquitto", "amqtt")
PACKET_LIMIT_BYTES = 300 * 1024
"""A little more than the largest message of the wire, a state of 256 KiB.

As `max_packet_size`, not `message_size_limit`: that one reads the whole of a message, up to 256 MiB, before it drops
it, and this one closes the connection on reading its length.
"""


class NoBroker(LookupError):
    """No MQTT broker can be run here; the message says how to get one."""


def mosquitto_program() -> str | None:
    """Where mosquitto is; Debian puts it in /usr/sbin, which an ordinary user's PATH leaves out."""
    places = [os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin"]
    return shutil.which("mosquitto", path=os.pathsep.join(places))


def command(name: str, address: Address, folder: Path) -> tuple[str, ...]:
    """The command line of the broker `name` listening at `address`; writes its configuration into `folder`.

    Raises NoBroker.
    """
    program = mosquitto_program()
    if name == "auto":
        name = "mosquitto" if program else "amqtt"
    if name == "mosquitto":
        if program is None:
            raise NoBroker("mosquitto is not installed; type `sudo apt install mosquitto`, or use --broker amqtt")
        folder.mkdir(parents=True, exist_ok=True)
        conf = folder / "mosquitto.conf"
        conf.write_text(mosquitto_conf(address), encoding="utf-8")
        return program, "-c", str(conf)
    if importlib.util.find_spec("amqtt") is None:
        raise NoBroker("amqtt is not installed; type `pip install amqtt`, or `sudo apt install mosquitto`")
    return sys.executable, "-P", "-m", "firmware_config.amqtt_broker", str(address)


def mosquitto_conf(address: Address) -> str:
    """mosquitto's configuration for the demo: in memory only, because nothing of worth lives in a broker."""
    lines = [
        "# Written anew by `motcua demo` at each start.",
        f"listener {address.port} {address.host}",
        "allow_anonymous true",
        "persistence false",
        "set_tcp_nodelay true",
        "max_inflight_messages 1000",
        "max_queued_messages 20000",
        f"max_packet_size {PACKET_LIMIT_BYTES}",
        "sys_interval 0",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        "log_timestamp false",
        "connection_messages false",
    ]
    if os.geteuid() == 0:
        # Started by root, mosquitto would become another user, and the kernel then forgets the wish that it end
        # when the demo is killed (prctl(2), PR_SET_PDEATHSIG): it would stay and hold the port.
        lines.append("user root")
    return "\n".join(lines) + "\n"


def listens(address: Address) -> bool:
    """Tell whether something accepts connections at the address."""
    target = address.reachable
    try:
        with socket.create_connection((target.host, target.port), timeout=0.2):
            return True
    except OSError:
        return False
