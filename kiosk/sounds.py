"""A short sound with a number, another without: two tones, made here, played by whatever plays sound on the machine.

A kiosk is not worse for having no loudspeaker; then it is silent, and says so once.
"""

from __future__ import annotations

import logging
import math
import shutil
import struct
import subprocess
import wave
from pathlib import Path

_log = logging.getLogger(__name__)

RATE = 22050
TONES = {"taken": (784.0, 1047.0), "sorry": (392.0, 294.0)}
"""Rising: here it is. Falling: ask somebody. In hertz."""
NOTE_S = 0.16


def write(path: Path, tones: tuple[float, ...]) -> None:
    """A WAV file of these tones, one after another, each fading away."""
    samples = bytearray()
    for tone in tones:
        count = int(RATE * NOTE_S)
        for i in range(count):
            loud = 0.35 * min(1.0, i / 200) * (1 - i / count)
            samples += struct.pack("<h", int(32767 * loud * math.sin(2 * math.pi * tone * i / RATE)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(samples))


class Speaker:
    """Plays sounds without waiting for them; ``silent``: none at all. The files are made in ``folder``."""

    def __init__(self, folder: Path, *, silent: bool = False) -> None:
        self._folder = folder
        self._player = None if silent else shutil.which("aplay") or shutil.which("paplay")
        self._last: subprocess.Popen[bytes] | None = None
        if self._player is None and not silent:
            _log.warning("no sound: aplay is not installed; type: sudo apt-get install alsa-utils")

    def play(self, name: str) -> None:
        """Play ``taken`` or ``sorry``; while one sounds, the next is left out."""
        if self._player is None or (self._last is not None and self._last.poll() is None):
            return
        path = self._folder / f"{name}.wav"
        try:
            if not path.is_file():
                self._folder.mkdir(parents=True, exist_ok=True)
                write(path, TONES[name])
            self._last = subprocess.Popen([self._player, "-q", str(path)] if Path(self._player).name == "aplay"
                                          else [self._player, str(path)],
                                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL)
        except OSError as wrong:
            _log.warning("no sound: %s", wrong)
            self._player = None
