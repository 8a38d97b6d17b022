"""Who may do what at an office's broker: mosquitto's configuration, access list and password file, as text.

Nobody comes in without an account, each device has its own, and a device can write only as itself. The hub's account
works only on the listener that the hub uses, so it is of no use to somebody in the hall.
"""

import base64
import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from firmware_config.brokers import PACKET_LIMIT_BYTES
from firmware_config.forms import Address
from firmware_config.settings import Device, Settings

HUB_USER = "hub"
_PBKDF2_ROUNDS = 101
"""mosquitto's own number. The passwords are 192 random bits, so more rounds would add nothing."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the broker finds its files, and where it listens: `devices` with TLS, `hub` plain and on loopback.

    `hub` is None when the hub runs on another machine and comes in through TLS like the devices.
    """

    folder: Path
    devices: Address
    hub: Address | None


def password_line(user: str, password: str, salt: bytes | None = None) -> str:
    """One line of a mosquitto password file: PBKDF2 with SHA-512, as `mosquitto_passwd` writes it ($7$).

    The form is that of mosquitto 2.0, apps/mosquitto_passwd/mosquitto_passwd.c; a 12-byte salt, base64 throughout.
    """
    salt = os.urandom(12) if salt is None else salt
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _PBKDF2_ROUNDS)
    return f"{user}:$7${_PBKDF2_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def acl(settings: Settings) -> str:
    """The access list: one section per account; what is not listed is refused."""
    root = f"motcua/v1/{settings.site.id}"
    lines = ["# Made by `motcua broker-files`; make it again when devices.toml changes.",
             "# A refused subscription is not an error in MQTT 3.1.1: nothing is delivered.", "",
             f"user {HUB_USER}", f"topic readwrite {root}/#"]
    for device in settings.devices:
        lines += ["", f"user {device.id}", *(f"topic {right} {root}/{topic}" for right, topic in rights(device))]
    return "\n".join(lines) + "\n"


def rights(device: Device) -> Iterable[tuple[str, str]]:
    """What one device may read and write, as topics below the site; only `integration` reads events."""
    yield "write", f"hub/command/{device.id}"
    yield "write", f"device/{device.id}/status"
    yield "read", f"device/{device.id}/#"
    yield "read", "hub/status"
    yield "read", "state/#"
    if device.role == "integration":
        yield "read", "event/#"


def conf(places: Places) -> str:
    """mosquitto.conf of a real office."""
    folder = places.folder
    lines = [
        "# Made by `motcua broker-files`. Put local changes in another file of conf.d, not here.",
        "per_listener_settings true",
        f"max_packet_size {PACKET_LIMIT_BYTES}",
        "max_inflight_messages 100",
        "max_queued_messages 5000",
        "max_keepalive 300",
        "set_tcp_nodelay true",
        "sys_interval 0",
        "# Nothing of worth lives in the broker: the hub tells all state again when it or the broker starts.",
        "persistence false",
        "log_type error",
        "log_type warning",
        "log_type notice",
    ]
    if places.hub is not None:
        lines += ["", "# The hub, on this machine only, and nobody but the hub.",
                  f"listener {places.hub.port} {places.hub.host}",
                  "allow_anonymous false",
                  f"password_file {folder / 'passwords-hub'}",
                  f"acl_file {folder / 'acl'}"]
    host = "" if places.devices.every else f" {places.devices.host}"
    lines += ["", "# The devices, over TLS 1.2 or later. A device's user name is its client id, so that no device can",
              "# throw another one out by calling itself the same.",
              f"listener {places.devices.port}{host}",
              "use_username_as_clientid true",
              "allow_anonymous false",
              f"password_file {folder / 'passwords'}",
              f"acl_file {folder / 'acl'}",
              f"cafile {folder / 'ca.crt'}",
              f"certfile {folder / 'server.crt'}",
              f"keyfile {folder / 'server.key'}",
              "tls_version tlsv1.2"]
    return "\n".join(lines) + "\n"
