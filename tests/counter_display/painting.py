"""Asks the real screen, in a process of its own, for pictures: Kivy wants the main thread of its process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / "firmware_config" / "fonts"


def painted(folder: Path, size: str, diagonal: float, theme: str, scenes: list[str]) -> dict[str, list[dict[str, Any]]]:
    """What the real screen painted, in a process of its own."""
    told = subprocess.run(
        [sys.executable, str(ROOT / "tests/counter_display/painter.py"), size, str(diagonal), theme, str(FONTS),
         str(folder), *scenes], capture_output=True, text=True, timeout=110, check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)})
    assert told.returncode == 0, told.stderr
    read: dict[str, list[dict[str, Any]]] = json.loads(told.stdout.splitlines()[-1])
    assert list(read) == scenes, told.stderr
    return read
