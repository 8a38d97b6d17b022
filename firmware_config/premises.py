"""What the demo needs of the machine before anything starts: a folder to write in, room on the disk, free ports.

Each thing that is missing is a Missing with one line that says what and how to mend it.
"""

import errno
import fcntl
import os
import shutil
import socket
import time
from pathlib import Path
from typing import IO

from firmware_config.forms import Address

LEFTOVERS_WAIT_S = 6.0
"""How long the programs of a demo that was killed may take to end."""


class Missing(OSError):
    """The machine lacks something the demo needs; the message is one line with the cure."""


def default_data(site_id: str) -> Path:
    """Where a site's data lives unless told otherwise: $XDG_DATA_HOME/motcua/<site>."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "motcua" / site_id


def take_folder(data: Path, min_free_mb: int) -> "IO[str]":
    """Make the data folder ours, and sign it with our process id. Raises Missing.

    The returned lock is held as long as anybody has it open: the demo's programs inherit it, so the folder is free
    again only when the last of them is gone.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = open(data / "demo.lock", "a+", encoding="ascii")  # noqa: SIM115 - kept open: it is the lock
    except OSError as wrong:
        raise Missing(f"can not write in {data} ({wrong.strerror}); give a folder of yours with --data") from None
    _wait_for(lock, data)
    free_mb = shutil.disk_usage(data).free // 2**20
    if free_mb < min_free_mb:
        lock.close()
        raise Missing(f"the disk of {data} has {free_mb} MiB left and {min_free_mb} are needed; "
                      "make room, or give a folder on another disk with --data")
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _wait_for(lock: "IO[str]", data: Path) -> None:
    """Lock the folder; wait a little for the programs of a demo that was killed, not for one that lives."""
    limit = time.monotonic() + LEFTOVERS_WAIT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            lock.seek(0)
            keeper = lock.read().strip()
        if _alive(keeper) or time.monotonic() > limit:
            lock.close()
            raise Missing(f"a demo is already running on {data} (process {keeper or 'unknown'}); "
                          "stop it, or give another folder with --data")
        time.sleep(0.05)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return True


def leave_folder(lock: "IO[str]") -> None:
    """Say that the demo ended in order, and let the folder go."""
    lock.truncate(0)
    lock.close()


def choose_ports(wanted: dict[str, Address]) -> dict[str, Address]:
    """Find the ports free, and choose one where port 0 was asked for. `wanted` is keyed by its option.

    Raises Missing.
    """
    held: list[socket.socket] = []
    try:
        # All are held together, so that two choices of port 0 can not be the same one.
        return {option: _hold(option, address, held) for option, address in wanted.items()}
    finally:
        for each in held:
            each.close()


def _hold(option: str, address: Address, held: list[socket.socket]) -> Address:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    held.append(door)
    # As the programs themselves do: a port whose last connection ended a moment ago is free.
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((address.host, address.port))
        door.listen(1)
    except OSError as wrong:
        if wrong.errno == errno.EADDRINUSE:
            raise Missing(f"port {address.port} on {address.host} is taken by another program; stop that, or choose "
                          f"a free port with {option} {Address(address.host, 0)}") from None
        if wrong.errno == errno.EACCES:
            raise Missing(f"port {address.port} is not for ordinary users; choose one from 1024 up with "
                          f"{option} {Address(address.host, 8080)}") from None
        raise Missing(f"can not listen at {address} ({wrong.strerror or wrong}); give an address of this machine "
                      f"with {option}") from None
    return Address(address.host, int(door.getsockname()[1]))
