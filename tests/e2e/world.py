"""A strange world for one hub: another time on its wall, a disk that fails when it has to be sure (see world.c)."""

from __future__ import annotations

import shutil
import struct
import subprocess
import time
from datetime import datetime
from pathlib import Path

from tests.e2e.office import leave_out

SOURCE = Path(__file__).with_name("world.c")


def build(folder: Path) -> Path:
    """The library, compiled into ``folder``."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        leave_out("no C compiler here; type: sudo apt-get install gcc libc6-dev")
    library = folder / "world.so"
    made = subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)],
                          capture_output=True, text=True, check=False)
    if made.returncode != 0:
        leave_out(f"{compiler} can not make a library (sudo apt-get install libc6-dev): {made.stderr.strip()[-300:]}")
    return library


class World:
    """What one hub sees; changes take effect at once, also while it runs."""

    def __init__(self, library: Path, folder: Path) -> None:
        self._library, self._wall, self._no_fsync = library, folder / "wall", folder / "no-fsync"
        self._wall.write_bytes(bytes(8))

    def env(self) -> dict[str, str]:
        """What the hub is started with."""
        return {"LD_PRELOAD": str(self._library), "WORLD_WALL": str(self._wall), "WORLD_NO_FSYNC": str(self._no_fsync)}

    def wall_shows(self, moment: datetime) -> None:
        """From now on the clock on the wall says this, and goes on from there."""
        away_ns = int(moment.timestamp() * 1e9) - time.time_ns()
        with self._wall.open("r+b") as file:  # the same file, for the hub has it mapped
            file.write(struct.pack("=q", away_ns))

    def fsync_fails(self, yes: bool) -> None:
        """Whether what was written can be made sure."""
        if yes:
            self._no_fsync.touch()
        else:
            self._no_fsync.unlink()
