"""The pictures of the wall in docs/screens: ``python -m tests.counter_display.pictures [prefix]``.

Each is painted by the real screen in a process of its own. Look at them after a change of counter_display/picture.py.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.counter_display.painting import painted

WHERE = Path(__file__).resolve().parents[2] / "docs" / "screens"
PICTURES = {
    ("1920x1080", "light"): {"called": "tv-called", "twelve": "tv-twelve", "lost": "tv-lost", "nobody": "tv-nobody",
                             "lost-empty": "tv-lost-empty", "many": "tv-many", "notice": "tv-notice",
                             "long-number": "tv-long-number"},
    ("1280x800", "dark"): {"called": "tv-dark", "twelve": "tv-dark-twelve", "lost-twelve": "tv-dark-lost"},
}


def main(prefix: str = "tv") -> None:
    """Paint all pictures whose name begins with ``prefix``."""
    for (size, theme), names in PICTURES.items():
        wanted = {scene: name for scene, name in names.items() if name.startswith(prefix)}
        if not wanted:
            continue
        with tempfile.TemporaryDirectory() as folder:
            painted(Path(folder), size, 43.0, theme, list(wanted))
            for scene, name in wanted.items():
                shutil.copyfile(Path(folder) / f"{scene}.png", WHERE / f"{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
