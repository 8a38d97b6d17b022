"""`motcua broker-files`: everything mosquitto needs to serve a real office, made from its settings.

1. A secret that exists is kept: running this again after adding a device gives only the new one a password.
2. A secret is never printed; it lies in secrets/<device>, for its owner alone.
3. Every file is written whole or not at all.
"""

import argparse
import ipaddress
import os
import pwd
import re
import secrets
import socket
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from firmware_config import broker_access
from firmware_config.broker_access import HUB_USER, Places
from firmware_config.forms import Address, BadAddress
from firmware_config.settings import BadSettings, Settings, load

_HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


@dataclass(slots=True)
class Written:
    """What one run did: the names of files made, and of those that were kept."""

    made: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def make(settings: Settings, out: Path, hosts: list[str], *, devices_at: Address, renew: bool,
         now: datetime) -> Written:
    """Write the broker's files into `out`; `hosts` are the names and addresses devices find it by.

    With `renew` every password and the broker's key are made anew; the authority stays, so that devices need no new
    ca.crt. Raises OSError when something can not be written.
    """
    written = Written()
    out.mkdir(parents=True, exist_ok=True)
    (out / "secrets").mkdir(mode=0o700, exist_ok=True)
    (out / "secrets").chmod(0o700)
    hub_at = Address.read(settings.hub.mqtt)
    places = Places(out.resolve(), devices_at, hub_at if hub_at.loopback else None)
    lines = {user: broker_access.password_line(user, _password(out, user, written, renew=renew))
             for user in [HUB_USER, *(device.id for device in settings.devices)]}
    hub_line = lines.pop(HUB_USER)
    if places.hub is None:
        lines[HUB_USER] = hub_line
    else:
        _write(out / "passwords-hub", f"{hub_line}\n".encode(), 0o600)
    _write(out / "passwords", "".join(f"{line}\n" for line in lines.values()).encode(), 0o600)
    _write(out / "acl", broker_access.acl(settings).encode(), 0o600)
    _write(out / "mosquitto.conf", broker_access.conf(places).encode(), 0o644)
    written.made += [name for name in ("passwords-hub", "passwords", "acl", "mosquitto.conf") if (out / name).exists()]
    _certificates(settings.site.id, out, hosts, written, renew=renew, now=now)
    _give_to_mosquitto(out)
    return written


def _password(out: Path, user: str, written: Written, *, renew: bool) -> str:
    path = out / "secrets" / user
    if path.exists() and not renew:
        written.kept.append(f"secrets/{user}")
        path.chmod(0o600)
        return path.read_text(encoding="ascii").strip()
    password = secrets.token_urlsafe(24)
    _write(path, f"{password}\n".encode("ascii"), 0o600)
    written.made.append(f"secrets/{user}")
    return password


def _certificates(site_id: str, out: Path, hosts: list[str], written: Written, *, renew: bool,
                  now: datetime) -> None:
    # Imported late: only this command needs the package, and a kiosk does not carry it.
    from firmware_config import certificates

    ca_crt, ca_key, crt, key = (out / name for name in ("ca.crt", "ca.key", "server.crt", "server.key"))
    if ca_crt.exists() and ca_key.exists():
        authority = certificates.Pair(ca_crt.read_bytes(), ca_key.read_bytes())
        written.kept += ["ca.crt", "ca.key"]
    elif ca_crt.exists():
        raise FileNotFoundError(2, "ca.crt is here without its key; put ca.key back, or remove ca.crt "
                                   "(then every device needs the new one)", str(ca_key))
    else:
        authority = certificates.new_authority(site_id, now)
        _write(ca_key, authority.key, 0o600)
        _write(ca_crt, authority.certificate, 0o644)
        written.made += ["ca.crt", "ca.key"]
    if not renew and crt.exists() and key.exists() and certificates.still_good(crt.read_bytes(), hosts, now):
        written.kept += ["server.crt", "server.key"]
        return
    server = certificates.new_server(authority, hosts, now)
    _write(key, server.key, 0o600)
    _write(crt, server.certificate, 0o644)
    written.made += ["server.crt", "server.key"]


def _write(path: Path, content: bytes, mode: int) -> None:
    """Write beside the file and move it there: nobody ever reads half of it, and it is never open to others."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        os.fchmod(file.fileno(), mode)  # whatever the umask took away
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _give_to_mosquitto(out: Path) -> None:
    """Since 2.0 mosquitto reads its files after it stopped being root, so it has to own the closed ones."""
    if os.geteuid() != 0:
        return
    try:
        owner = pwd.getpwnam("mosquitto")
    except KeyError:
        return
    for name in ("passwords", "passwords-hub", "acl", "server.key"):
        if (out / name).exists():
            os.chown(out / name, owner.pw_uid, owner.pw_gid)


def own_names() -> list[str]:
    """The names by which this machine is surely found: its host name, with and without `.local`, and loopback."""
    name = socket.gethostname().split(".")[0]
    good = [name, f"{name}.local"] if _HOST_NAME.fullmatch(name) else []
    return [*good, "localhost", "127.0.0.1"]


def parser() -> argparse.ArgumentParser:
    """The options of `motcua broker-files`."""
    options = argparse.ArgumentParser(
        prog="motcua broker-files",
        description="Make mosquitto's configuration, access list, passwords and certificates for an office.")
    options.add_argument("--settings", type=Path, required=True, metavar="DIR", help="the office's settings folder")
    options.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write the files")
    options.add_argument("--host", action="append", default=[], metavar="NAME",
                         help="a name or address by which devices find the broker; may be given several times")
    options.add_argument("--listen", default="0.0.0.0:8883", metavar="HOST:PORT",
                         help="where the broker listens for devices (default: %(default)s, every interface)")
    options.add_argument("--renew", action="store_true",
                         help="make new passwords and a new key for the broker; the authority stays")
    return options


def main(argv: list[str] | None = None) -> int:
    """Make the files; returns 0, or 2 when settings, options or the folder have to be mended first."""
    options = parser().parse_args(argv)
    try:
        settings = load(options.settings)
        listen = Address.read(options.listen)
        hosts = list(dict.fromkeys([*(_host(name) for name in options.host), *own_names()]))
        written = make(settings, options.out, hosts, devices_at=listen, renew=options.renew, now=datetime.now(UTC))
    except (BadSettings, BadAddress) as wrong:
        sys.stderr.write(f"motcua broker-files: {wrong}\n")
        return 2
    except OSError as wrong:
        sys.stderr.write(f"motcua broker-files: {wrong.filename}: {wrong.strerror}\n")
        return 2
    except ModuleNotFoundError as wrong:
        sys.stderr.write(f"motcua broker-files: the package {wrong.name} is missing; "
                         "type `pip install cryptography`\n")
        return 2
    sys.stdout.write(_report(options.out.resolve(), hosts, listen, written))
    return 0


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if not _HOST_NAME.fullmatch(text):
            raise BadAddress(f"--host {text!r} is no name or address; write it as hub.local or 192.168.1.10, "
                             "without a port") from None
        return text


def _report(out: Path, hosts: list[str], listen: Address, written: Written) -> str:
    return (f"Made in {out}: {', '.join(written.made)}\n"
            + (f"Kept as they were: {', '.join(written.kept)}\n" if written.kept else "")
            + f"The broker answers to {', '.join(hosts)}, port {listen.port}; name others with --host.\n"
            f"Next: write `include_dir {out}` or copy mosquitto.conf into /etc/mosquitto/conf.d, restart mosquitto,\n"
            "give each device ca.crt and its own file of secrets/, and keep ca.key somewhere safe, off the network.\n")


if __name__ == "__main__":
    sys.exit(main())
