"""Disks to spoil: small mounts of our own. They need root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.office import leave_out


def mount(*words: str) -> None:
    """Mount; leaves the test out where this machine does not let us, which no package would mend."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk; run the tests as root to try what happens on a full one")
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"this machine does not let root mount: mount {' '.join(words)}: {done.stderr.strip()}")


@contextmanager
def small_disk(folder: Path, mb: int) -> Iterator[Path]:
    """A disk of so many MiB, in memory."""
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={mb}m", "motcua-test", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


class Card:
    """An ext4 file system in a file, as on a memory card that goes read-only by itself when it wears out."""

    def __init__(self, folder: Path, mb: int) -> None:
        self._image, self.at = folder / "card.img", folder / "card"
        with self._image.open("wb") as file:
            file.truncate(mb << 20)
        self.at.mkdir()
        program = shutil.which("mkfs.ext4", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        if program is None:
            leave_out("mkfs.ext4 is not installed; type: sudo apt-get install e2fsprogs")
        made = subprocess.run([program, "-q", "-F", str(self._image)], capture_output=True, check=False)
        assert made.returncode == 0, made.stderr

    def plug_in(self) -> None:
        """Mount it, writable."""
        mount("-o", "loop", str(self._image), str(self.at))

    def wear_out(self) -> None:
        """The kernel finds an error and allows no more writes, though programs have files open."""
        mount("-o", "remount,abort", str(self.at))

    def pull_out(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", str(self.at)], capture_output=True, check=False)


def fill(folder: Path, *, leave_kb: int) -> Path:
    """Fill the disk of ``folder`` up, all but so many KiB; returns the file to remove."""
    free = os.statvfs(folder)
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        left = free.f_bavail * free.f_frsize - (leave_kb << 10)
        while left > 0:
            left -= file.write(bytes(min(left, 1 << 20)))
    return ballast
