"""The command `motcua`: a table of names."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from firmware_config.launcher import COMMANDS, command_line, main

ROOT = Path(__file__).parents[2]


def run(*arguments: str, stdin: str = "", cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "firmware_config.launcher", *arguments], input=stdin, cwd=cwd,
                          capture_output=True, text=True, timeout=30, check=False,
                          env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"})


def test_without_a_name_it_lists_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    listed = capsys.readouterr().out
    assert all(f"  {name}" in listed and command.about in listed for name, command in COMMANDS.items())


def test_a_name_nobody_knows_is_answered_with_a_guess(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dmeo"]) == 2
    assert capsys.readouterr().err == "motcua: there is no command 'dmeo'; did you mean `motcua demo`?\n"


def test_it_tells_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("motcua ")


def test_it_imports_no_room() -> None:
    """A kiosk that lacks the hub's packages can still run its own program."""
    asked = "import sys, firmware_config.launcher; print([m for m in ('hub', 'wire', 'flask') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True,
                          check=True).stdout == "[]\n"


def test_a_box_and_a_tv_are_two_words_of_one_room() -> None:
    assert command_line(COMMANDS["counter"], ["--device", "x"])[1:] == [
        "-P", "-m", "counter_display", "box", "--device", "x"]
    assert command_line(COMMANDS["tv"], [])[1:] == ["-P", "-m", "counter_display", "tv"]


def test_verify_is_a_word_of_the_journal() -> None:
    assert command_line(COMMANDS["verify"], ["--data", "x"])[1:] == ["-P", "-m", "hub.journal", "verify", "--data", "x"]


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if "firmware_config" in command.module])
def test_each_command_of_this_room_exists_and_explains_itself(name: str) -> None:
    assert find_spec(COMMANDS[name].module)
    helped = run(name, "--help")
    assert helped.returncode == 0
    assert helped.stdout.startswith(f"usage: motcua {name}")


def test_a_folder_called_hub_in_the_current_one_is_not_taken_for_ours(tmp_path: Path) -> None:
    (tmp_path / "firmware_config").mkdir()
    (tmp_path / "firmware_config" / "__init__.py").write_text("raise SystemExit('not ours')", encoding="utf-8")
    done = subprocess.run([sys.executable, "-P", "-m", "firmware_config.launcher", "settings", "page"], cwd=tmp_path,
                          capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    assert done.stdout.startswith("# Settings")


def test_settings_check_tells_good_from_bad(tmp_path: Path) -> None:
    good = run("settings", "check", "firmware_config/sites/trung-tu")
    assert (good.returncode, "good; trung-tu, 6 services" in good.stdout) == (0, True)
    bad = run("settings", "check", str(tmp_path))
    assert bad.returncode == 2
    assert "services.toml: there is no service" in bad.stderr


def test_a_password_becomes_a_hash_that_the_settings_accept() -> None:
    from argon2 import PasswordHasher
    made = run("settings", "password", stdin="mot cua mo\n")
    assert made.stdout.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PasswordHasher().verify(made.stdout.strip(), "mot cua mo")
    assert run("settings", "password", stdin="short\n").returncode == 2
