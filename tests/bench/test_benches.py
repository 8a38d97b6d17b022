"""Every bench runs, whatever the figures are, and leaves nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.figures import BENCHES, FIGURES, Figure, chosen

ROOT = Path(__file__).resolve().parents[2]


def bench(*options: str, temporary: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "bench", *options], check=False, cwd=ROOT, text=True,
                          capture_output=True, timeout=110, env={**os.environ, "TMPDIR": str(temporary)})


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
def test_every_bench_without_a_browser_measures_its_figures(tmp_path: Path) -> None:
    benches = [name for name in BENCHES if name != "repaint"]
    cache = tmp_path / "cache"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    found = figures(*benches, "--cache", str(cache), temporary=temporary)
    assert found.keys() == {f.name for f in chosen(benches)}
    assert all(value > 0 for value in found.values())
    assert not list(temporary.iterdir()), "offices are taken away with their folders"
    assert [p.name for p in cache.glob("*/*")] == ["journal.db"], "the journal of ten years is kept"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.needs("mosquitto")
def test_the_wall_is_watched_in_a_browser(tmp_path: Path) -> None:
    found = figures("repaint.p50_ms", temporary=tmp_path)
    assert found.keys() == {"repaint.p50_ms"}
    assert 0 < found["repaint.p50_ms"] < 5000


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
