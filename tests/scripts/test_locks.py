"""The lock files: every package pinned and hashed, no address in them, nothing imported that they lack."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
PIN = re.compile(r"^([a-z0-9-]+)==([^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
ROOMS = ("wire", "hub", "firmware_config", "kiosk", "ticket_printer", "counter_display")
BOTH = pytest.mark.parametrize("name", ["runtime.lock", "test.lock"])


def pins(name: str) -> dict[str, str]:
    """Each package of a lock with its version."""
    found = (PIN.match(line) for line in (REQUIREMENTS / name).read_text().splitlines())
    return {match[1]: match[2] for match in found if match}


def wanted(name: str) -> dict[str, str]:
    """Each package that an .in file asks for by name, with the whole requirement."""
    lines = (line.split("#")[0].strip() for line in (REQUIREMENTS / name).read_text().splitlines())
    return {re.split(r"[<>=~!\[;]", line)[0]: line for line in lines if line and not line.startswith("-")}


def imported_from_elsewhere(*folders: str) -> dict[str, str]:
    """Top-level modules that are neither ours nor Python's, each with one file that imports it."""
    ours = {*ROOMS, "tests", "bench"}
    found: dict[str, str] = {}
    for path in (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            else:
                continue
            for top in (name.split(".")[0] for name in names):
                if top not in ours and top not in sys.stdlib_module_names:
                    found.setdefault(top, str(path.relative_to(ROOT)))
    return found


def not_asked_for(imported: dict[str, str], asked: set[str]) -> list[str]:
    """Imports whose package stands in no .in file; another package's needs may vanish."""
    packages = packages_distributions()
    plain = {name: {re.sub(r"[-_.]+", "-", p).lower() for p in packages.get(name, [])} for name in imported}
    return [f"{name} in {imported[name]}" for name in imported if not plain[name] & asked]


@BOTH
def test_every_package_of_a_lock_is_pinned_and_has_a_hash(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (REQUIREMENTS / name).read_text())
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert len(entries) > 10
    for entry in entries:
        assert PIN.match(entry), f"not pinned by ==: {entry.splitlines()[0]}"
        assert HASH.search(entry), f"no hash: {entry.splitlines()[0]}"


@BOTH
def test_a_lock_holds_no_address_and_no_path_of_a_machine(name: str) -> None:
    for line in (REQUIREMENTS / name).read_text().splitlines():
        assert "://" not in line
        assert not re.search(r"(index-url|find-links|trusted-host|@ )", line)
        assert not re.search(r"(^|\s)/", line)


def test_the_tests_run_with_the_very_versions_the_office_runs_with() -> None:
    tested = pins("test.lock")
    assert {name: tested.get(name) for name in pins("runtime.lock")} == pins("runtime.lock")


@pytest.mark.parametrize(("asked", "lock"), [("runtime.in", "runtime.lock"), ("test.in", "test.lock")])
def test_all_that_is_asked_for_is_in_the_lock(asked: str, lock: str) -> None:
    assert set(wanted(asked)) <= set(pins(lock))


def test_pyproject_asks_for_what_the_runtime_lock_was_made_from() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {*project["project"]["dependencies"], *project["build-system"]["requires"]}
    assert asked == set(wanted("runtime.in").values())


def test_the_rooms_import_only_what_the_runtime_lock_was_asked_for() -> None:
    assert not_asked_for(imported_from_elsewhere(*ROOMS), set(wanted("runtime.in"))) == []


def test_the_tests_and_benches_import_only_what_the_test_lock_was_asked_for() -> None:
    asked = {*wanted("runtime.in"), *wanted("test.in")}
    assert not_asked_for(imported_from_elsewhere("tests", "bench"), asked) == []
