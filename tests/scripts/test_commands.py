"""The commands of scripts/, each run in a copy, so that this checkout's .venv stays untouched."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASH = shutil.which("bash") or "/bin/bash"
SHELL_FILES = sorted(path for path in (ROOT / "scripts").iterdir() if path.is_file())
# What the scripts themselves call; apt-get, sudo, chromium and python3 are left out on purpose.
TOOLS = (
    "bash", "env", "dirname", "cat", "cmp", "cut", "grep", "sed", "tr", "id", "head", "tail", "awk", "df",
    "cp", "rm", "mkdir", "readlink", "sleep",
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the scripts and the locks, not installed."""
    folder = tmp_path / "motcua"
    for name in ("scripts", "requirements"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with only the plain tools on it."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in TOOLS:
        program = shutil.which(name)
        assert program is not None, f"{name} is not on this machine"
        (folder / name).symlink_to(program)
    return folder


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{BASH}\n{text}\n")
    path.chmod(0o755)


def run(
    checkout: Path, *words: str, path: Path | str = os.environ["PATH"], **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a script of `checkout` with no stdin, no language and this PATH."""
    kept: Mapping[str, str] = {k: v for k, v in os.environ.items() if k.startswith("PIP_") or k == "HOME"}
    return subprocess.run(
        [f"{checkout}/{words[0]}", *words[1:]],
        env={**kept, "PATH": str(path), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("path", SHELL_FILES, ids=lambda path: path.name)
def test_a_script_is_good_bash(path: Path) -> None:
    told = subprocess.run([BASH, "-n", path], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (0, "")


@pytest.mark.parametrize("name", ["scripts/setup", "scripts/run", "scripts/test", "scripts/lock", ".ci/run"])
def test_a_command_can_be_started_as_it_is(name: str) -> None:
    assert os.access(ROOT / name, os.X_OK)


def test_the_ci_runs_the_tests_and_nothing_else() -> None:
    lines = (ROOT / ".ci/run").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#")] == [
        'exec "$(dirname -- "$0")/../scripts/test"'
    ]


def test_setup_refuses_an_option_it_does_not_know_and_names_those_it_has(checkout: Path) -> None:
    told = run(checkout, "scripts/setup", "--tests")
    assert told.returncode == 2
    assert '"--tests"' in told.stderr
    assert "--test --anew" in told.stderr
    assert not (checkout / ".venv").exists()


def test_setup_without_a_new_enough_python_says_one_line_and_makes_nothing(
    checkout: Path, tools: Path
) -> None:
    write_program(tools / "python3", "exit 1")
    told = run(checkout, "scripts/setup", path=tools)
    assert told.returncode == 1
    assert told.stderr.startswith("Python 3.11 or newer, 64-bit, is needed")
    assert len(told.stderr.splitlines()) == 1
    assert not (checkout / ".venv").exists()


def test_setup_speaks_vietnamese_on_a_vietnamese_screen(checkout: Path, tools: Path) -> None:
    write_program(tools / "python3", "exit 1")
    told = run(checkout, "scripts/setup", path=tools, LANG="vi_VN.UTF-8")
    assert "Cần Python 3.11 trở lên" in told.stderr


@pytest.mark.slow
def test_setup_that_can_not_fetch_names_the_step_and_the_log_and_the_next_call_starts_clean(
    checkout: Path, tools: Path
) -> None:
    (tools / "python3").symlink_to(sys.executable)
    nothing_to_fetch_from = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}
    first = run(checkout, "scripts/setup", path=tools, **nothing_to_fetch_from)
    assert first.returncode == 1
    last = first.stderr.splitlines()[-1]
    assert last.startswith('Could not do "Installing the packages of requirements/runtime.lock"')
    assert ".venv/setup.log" in last
    assert "ERROR" in (checkout / ".venv/setup.log").read_text()
    again = run(checkout, "scripts/setup", path=tools, **nothing_to_fetch_from)
    assert "Clearing an old or half-made .venv" in again.stderr


def pretend_installed(checkout: Path) -> None:
    """A .venv whose Python and motcua only say what they were asked; setup finds nothing to do."""
    write_program(checkout / "scripts/setup", "exit 0")
    write_program(checkout / ".venv/bin/python", 'echo "python $*"')
    write_program(checkout / ".venv/bin/motcua", 'echo "motcua $*"')


def test_a_missing_debian_package_is_named_with_its_cure_and_the_tests_go_on(
    checkout: Path, tools: Path
) -> None:
    pretend_installed(checkout)
    told = run(checkout, "scripts/test", path=tools)
    assert told.returncode == 0
    cure = ("sudo apt-get install -y --no-install-recommends mosquitto mosquitto-clients chromium build-essential "
            "zbar-tools libegl1 libgles2 libgl1 libmtdev1 xvfb xdotool")
    assert cure in told.stderr
    assert "left out: the tests that open the pages in a browser" in told.stderr
    assert told.stdout.splitlines()[-1] == "python -m pytest -n 2 --dist loadgroup"


def test_a_missing_debian_package_fails_the_run_where_ci_asks_for_everything(
    checkout: Path, tools: Path
) -> None:
    pretend_installed(checkout)
    assert run(checkout, "scripts/test", path=tools, CI="true").returncode == 1


def test_the_quick_tests_leave_the_slow_ones_out_and_other_words_go_to_pytest(
    checkout: Path, tools: Path
) -> None:
    pretend_installed(checkout)
    told = run(checkout, "scripts/test", "--quick", "-x", "--", "--help", path=tools)
    asked = "-m not slow and not browser and not e2e -x --help"
    assert told.stdout.splitlines()[-1] == f"python -m pytest -n 2 --dist loadgroup {asked}"


def test_a_complaint_of_ruff_or_mypy_fails_the_run_after_the_tests_have_run(
    checkout: Path, tools: Path
) -> None:
    pretend_installed(checkout)
    write_program(checkout / ".venv/bin/python", 'echo "python $*"; [ "$2" != ruff ]')
    told = run(checkout, "scripts/test", path=tools)
    assert told.returncode == 1
    assert "ruff: failed" in told.stderr
    assert told.stdout.splitlines()[-1].startswith("python -m pytest")


def test_run_starts_the_demo_with_the_words_it_was_given(checkout: Path, tools: Path) -> None:
    pretend_installed(checkout)
    told = run(checkout, "scripts/run", "--site", "phường mới", path=tools)
    assert (told.returncode, told.stdout) == (0, "motcua demo --site phường mới\n")


def test_run_without_an_installation_says_why_and_starts_nothing(checkout: Path, tools: Path) -> None:
    pretend_installed(checkout)
    write_program(checkout / "scripts/setup", "echo 'the disk is full' >&2; exit 1")
    told = run(checkout, "scripts/run", path=tools)
    assert (told.returncode, told.stdout, told.stderr) == (1, "", "the disk is full\n")
