"""Tests that share an office stay on one worker. A release of pytest once broke this without a word."""

import os
import subprocess
import sys
from pathlib import Path

GROUPED = """
import os, pathlib, pytest

@pytest.mark.xdist_group("office")
@pytest.mark.parametrize("number", range(8))
def test_one(number):
    pathlib.Path(__file__).with_name(f"{number}.worker").write_text(os.environ["PYTEST_XDIST_WORKER"])
"""


def test_tests_of_one_group_run_on_one_worker(tmp_path: Path) -> None:
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    # The worker that runs this very test must not be taken for one of the workers started here.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    words = ["-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider", str(tmp_path)]
    told = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=tmp_path,
        env=plain,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stdout
    workers = {path.read_text() for path in tmp_path.glob("*.worker")}
    assert len(workers) == 1
