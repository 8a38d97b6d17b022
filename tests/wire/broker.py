"""A real broker for the tests of the cable: a mosquitto process of its own on a free loopback port."""

import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(true: Callable[[], object], within_s: float = 8.0) -> bool:
    """Wait until `true()` is so; whether it became so in time."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return bool(true())


class Mosquitto:
    """One broker process that can be killed and started again on its port."""

    def __init__(self, folder: Path, settings: str) -> None:
        self.port = free_port()
        self._file = folder / "mosquitto.conf"
        # `user root`: started by root it would else read its files as another user, who may not.
        self._file.write_text(f"user root\nlistener {self.port} 127.0.0.1\npersistence false\n{settings}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(["mosquitto", "-c", str(self._file)],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert until(self._answers), "mosquitto did not open its port"

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.2).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
