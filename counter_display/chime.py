"""The chime before a call: two soft falling tones. Makes the file, and plays it.

``python -m counter_display.chime FILE.wav`` writes the built-in sound; a test compares it with chime.wav.
"""

from __future__ import annotations

import logging
import math
import shutil
import struct
import subprocess
import sys
import wave
from pathlib import Path

BUILT_IN = Path(__file__).with_name("chime.wav")
RATE_HZ = 22_050
TONES = ((659.26, 0.0), (523.25, 0.28))
"""Frequency in Hz (E5, C5: a falling third) and beginning in seconds."""
LENGTH_S, FADE_S, RISE_S, LOUDNESS = 1.1, 0.28, 0.008, 0.42

_log = logging.getLogger(__name__)


def samples() -> list[int]:
    """The sound, 16 bits a sample, one channel."""
    sound = []
    for i in range(int(LENGTH_S * RATE_HZ)):
        level = 0.0
        for hz, begins_s in TONES:
            at = i / RATE_HZ - begins_s
            if at >= 0:
                swell = min(1.0, at / RISE_S) * math.exp(-at / FADE_S)
                level += swell * (math.sin(2 * math.pi * hz * at) + 0.25 * math.sin(4 * math.pi * hz * at)) / 1.25
        ends = min(1.0, (LENGTH_S - i / RATE_HZ) / 0.05)      # no click at the end
        sound.append(round(max(-1.0, min(1.0, LOUDNESS * level * ends)) * 32_767))
    return sound


def write(file: Path) -> None:
    """Write the sound as a WAV file."""
    sound = samples()
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(struct.pack(f"<{len(sound)}h", *sound))


class Chime:
    """Plays a WAV file through ALSA, without waiting; silent on a machine that has no sound."""

    def __init__(self, file: Path = BUILT_IN) -> None:
        self._file = file
        self._player: subprocess.Popen[bytes] | None = None
        self._program = shutil.which("aplay") if Path("/dev/snd").is_dir() else None
        if self._program is None:
            _log.warning("calls are silent: there is no sound card, or the package alsa-utils is missing")

    def play(self) -> None:
        """Sound once; a chime that still sounds is enough for both."""
        if self._program is None or (self._player is not None and self._player.poll() is None):
            return
        try:
            self._player = subprocess.Popen([self._program, "-q", str(self._file)], stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except OSError as wrong:
            _log.warning("the chime does not sound: %s", wrong)
            self._program = None


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else BUILT_IN)
