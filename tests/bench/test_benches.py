"""Every bench runs, whatever the figures are, and leaves nothing behind."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.figures import BENCHES, FIGURES, Figure, chosen
from counter_display.screen import missing_library

ROOT = Path(__file__).resolve().parents[2]
WITH_GLASS = ("kiosk", "repaint.kivy_p50_ms", "repaint.kivy_handed_p50_ms")
without_glass = pytest.mark.skipif(bool(missing_library()), reason=f"{missing_library()} is not installed")


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder with a short name, for the sockets of pretend hardware; empty again when the test ends."""
    with tempfile.TemporaryDirectory(prefix="mb-", dir="/tmp") as folder:
        yield Path(folder)
        assert not list(Path(folder).iterdir()), "offices are taken away with their folders"


def bench(*options: str, temporary: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bench", *options], check=False, cwd=ROOT, text=True,
                          capture_output=True, timeout=170, env={**os.environ, "TMPDIR": str(temporary)})


def figures(*options: str, temporary: Path) -> dict[str, float]:
    """What `--tiny --json` says, each line checked against the figure it names."""
    ran = bench(*options, "--tiny", "--json", temporary=temporary)
    assert ran.returncode == 0, ran.stderr
    found = {}
    for line in map(json.loads, ran.stdout.splitlines()):
        figure = FIGURES[line["figure"]]
        assert line == {"bench": figure.bench, "figure": figure.name, "value": line["value"], "unit": figure.unit,
                        "goal": figure.goal}
        found[figure.name] = line["value"]
    return found


@pytest.mark.slow
@pytest.mark.needs("mosquitto")
def test_every_bench_without_a_picture_measures_its_figures(tmp_path: Path, temporary: Path) -> None:
    benches = [name for name in BENCHES if name not in ("repaint", "kiosk")]
    cache = tmp_path / "cache"
    found = figures(*benches, "--cache", str(cache), temporary=temporary)
    assert found.keys() == {f.name for f in chosen(benches)}
    assert all(value > 0 for value in found.values())
    assert [p.name for p in cache.glob("*/*")] == ["journal.db"], "the journal of ten years is kept"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.needs("mosquitto")
def test_the_wall_is_watched_in_a_browser(temporary: Path) -> None:
    found = figures("repaint.p50_ms", temporary=temporary)
    assert found.keys() == {"repaint.p50_ms"}
    assert 0 < found["repaint.p50_ms"] < 5000


@pytest.mark.slow
@pytest.mark.needs("mosquitto")
@without_glass
def test_the_kiosk_and_the_tv_are_watched_at_their_glass(temporary: Path) -> None:
    found = figures(*WITH_GLASS, temporary=temporary)
    assert found.keys() == {f.name for f in chosen(list(WITH_GLASS))}
    assert all(value > 0 for value in found.values())
    assert found["repaint.kivy_p50_ms"] < 5000


def test_a_name_is_a_bench_or_a_figure(tmp_path: Path) -> None:
    assert [f.name for f in chosen(["hub", "reply.p99_ms"])] == [
        "reply.p99_ms", "hub.ready_s_ten_years", "hub.rss_mb_ten_years"]
    assert chosen([]) == list(FIGURES.values())
    ran = bench("relpy", temporary=tmp_path)
    assert ran.returncode == 2
    assert "'relpy'" in ran.stderr
    assert "reply" in ran.stderr


def test_every_figure_belongs_to_a_bench() -> None:
    assert {f.bench for f in FIGURES.values()} == BENCHES.keys()


def test_the_table_says_whether_the_goal_is_met() -> None:
    quick = Figure("a.s", "s", 6, "the less the better", bonus=3)
    assert quick.row(7).endswith("MISSED")
    assert quick.row(5).endswith("met")
    assert quick.row(2).endswith("met, and the bonus of 3")
    many = Figure("a.n", "1/s", 500, "the more the better", at_least=True)
    assert many.row(400).endswith("MISSED")
    assert many.row(600).endswith("met")
    assert many.row(None).endswith("not measured")
