"""The manners of docs/ARCHITECTURE.md that a parser can check."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.house.source import Source, below, everything, product

pytestmark = pytest.mark.house

IMPURE = {
    "time", "random", "secrets", "os", "pathlib", "io", "sys", "logging", "threading", "queue", "socket", "select",
    "asyncio", "concurrent", "subprocess", "sqlite3", "tempfile", "shutil", "uuid", "multiprocessing", "signal",
}
"""Modules that bring a clock, chance, files, logs or threads."""

READS_THE_CLOCK = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "strftime",
             "localtime", "gmtime", "ctime", "sleep"},
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
}
MAKES_CHANCE = {"secrets": None, "random": None, "uuid": None, "os": {"urandom", "getrandom"}}
"""``None``: whatever is taken from that module."""

OUTSIDE_THE_PROGRAMS = {
    "firmware_config/broker_access.py": "each password line has a salt of its own; a test hands one in",
    "firmware_config/premises.py": "waits a little for the programs of a demo that was killed",
    "firmware_config/supervisor.py": "stamps log lines; the clock of its pauses is handed in, with this as default",
    "hub/journal/journal.py": "epoch and boot are the file's own ids, made where it is made or opened",
    "hub/journal/check.py": "tells the progress of a long check about once a second",
    "hub/journal/migrate.py": "a backup is named by the time at which it was made",
    "hub/web/guard.py": "a stranger's browser gets a name for its forms",
    "hub/web/house.py": "a form carries the id of the command it will send; pages show the time before the first beat",
    "hub/web/limits.py": "the clock is handed in, with this as default",
    "hub/web/live.py": "versions begin at the wall clock; a page waits for a while",
    "hub/web/sessions.py": "the keys of sessions; the clock is handed in, with this as default",
}
"""Files that are no programs and still look at a clock or make an id, each with its reason."""

LONG_MODULES = {
    "hub/queueing/events.py": "one class for each event, with all that the journal remembers of it",
    "hub/queueing/rules.py": "all rules of the hall, one short function each: whoever asks what happens finds it here",
    "wire/commands.py": "one class for each command of the contract, nothing else",
    "wire/paho.py": "one cable whole, with the traps of its library beside each other",
}
LONG_FUNCTIONS = {
    "hub/web/contract.py:_paths": "a table: one entry for each address of the open interface",
}
MODULE_LINES, FUNCTION_LINES = 300, 50

VAGUE = re.compile(r"(^|_)(utils?|helpers?|manager|common|misc|shared)($|_)")


def _attribute(node: ast.AST) -> tuple[str, str] | None:
    """``time.time`` and ``datetime.datetime.now`` as (last name before the point, name after it)."""
    if not isinstance(node, ast.Attribute):
        return None
    owner = node.value
    if isinstance(owner, ast.Name):
        return owner.id, node.attr
    return (owner.attr, node.attr) if isinstance(owner, ast.Attribute) else None


def _takes(source: Source, table: dict[str, set[str] | None]) -> Iterator[str]:
    """Where a module takes one of these from its module, as ``path:line what``."""
    def is_in(owner: str, name: str) -> bool:
        wanted = table.get(owner, set())
        return wanted is None or name in wanted

    modules = {one.module for one in source.imports()} | {one.name for one in source.imports()}
    for node in ast.walk(source.tree):
        found = _attribute(node)
        if found and found[0] in modules and is_in(*found):
            yield f"{source.path}:{node.lineno} {'.'.join(found)}"
    for one in source.imports():
        if one.name and is_in(one.module, one.name) and one.module in ("time", "os", "secrets", "random", "uuid"):
            yield f"{source.path}:{one.line} {one.module}.{one.name}"


def _functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# -- the rules of the queue are pure --------------------------------------------------------------

def test_the_rules_of_the_queue_have_no_clock_no_chance_no_disk_no_log_and_no_thread():
    wrong = {f"{source.path}:{one.line} {one.module}" for source in below("hub/queueing") for one in source.imports()
             if one.package in IMPURE}
    wrong |= {where for source in below("hub/queueing") for where in _takes(source, READS_THE_CLOCK)}
    called = {f"{source.path}:{node.lineno} {node.func.id}" for source in below("hub/queueing")
              for node in ast.walk(source.tree)
              if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
              and node.func.id in ("open", "print", "input", "exec", "eval")}
    assert wrong | called == set()


def test_only_programs_look_at_a_clock_or_make_ids_or_say_why_not():
    strangers = {where for source in product()
                 if not source.is_program and source.path not in OUTSIDE_THE_PROGRAMS
                 for where in (*_takes(source, READS_THE_CLOCK), *_takes(source, MAKES_CHANCE))}
    assert strangers == set()


def test_the_list_of_those_that_may_look_at_a_clock_names_only_those_that_do():
    needed = {source.path for source in product()
              if any((*_takes(source, READS_THE_CLOCK), *_takes(source, MAKES_CHANCE)))}
    assert set(OUTSIDE_THE_PROGRAMS) - needed == set()


# -- sizes and names ------------------------------------------------------------------------------

def test_modules_are_short_or_say_why_not():
    long = {source.path for source in product() if len(source.text.splitlines()) > MODULE_LINES}
    assert long - set(LONG_MODULES) == set()


def test_functions_are_short_or_say_why_not():
    long = {f"{source.path}:{f.name}" for source in product() for f in _functions(source)
            if (f.end_lineno or f.lineno) - f.lineno + 1 > FUNCTION_LINES}
    assert long - set(LONG_FUNCTIONS) == set()


def test_the_list_of_long_modules_and_functions_names_only_long_ones():
    modules = {source.path for source in product() if len(source.text.splitlines()) > 0.9 * MODULE_LINES}
    functions = {f"{source.path}:{f.name}" for source in product() for f in _functions(source)
                 if (f.end_lineno or f.lineno) - f.lineno + 1 > 0.9 * FUNCTION_LINES}
    assert set(LONG_MODULES) - modules == set()
    assert set(LONG_FUNCTIONS) - functions == set()


def test_no_folder_and_no_module_has_a_name_that_says_nothing():
    wrong = {source.path for source in product()
             if any(VAGUE.search(part) for part in source.path.removesuffix(".py").split("/"))}
    assert wrong == set()


def test_no_class_is_called_manager_or_helper():
    wrong = {f"{source.path}:{node.lineno} {node.name}" for source in product() for node in ast.walk(source.tree)
             if isinstance(node, ast.ClassDef) and re.search(r"(Manager|Helper|Utils?|Processor)$", node.name)}
    assert wrong == set()


# -- words beside the code ------------------------------------------------------------------------

def _without_reason(source: Source) -> Iterator[str]:
    codes = r"#\s*(noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|type:\s*ignore(\[[\w, -]+\])?)"
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and re.search(r"\bnoqa\b|type:\s*ignore", token.string):
            words = re.findall(r"\w{2,}", re.sub(codes, "", token.string))
            if len(words) < 2:
                yield f"{source.path}:{token.start[0]} {token.string}"


def test_every_exception_to_a_checker_has_its_reason_beside_it():
    """In the tests no type is checked, and ruff itself finds an exception that is not needed."""
    judged = [source for source in everything() if source.room != "tests"]
    assert [where for source in judged for where in _without_reason(source)] == []


def test_what_others_use_says_what_it_means():
    wrong = set()
    for source in product():
        if not ast.get_docstring(source.tree):
            wrong.add(source.path)
        for owner in [source.tree, *(n for n in source.tree.body if isinstance(n, ast.ClassDef))]:
            name = getattr(owner, "name", "")
            for node in owner.body if not name.startswith("_") else ():
                public = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) \
                    and not node.name.startswith("_")
                if public and not ast.get_docstring(node):
                    wrong.add(f"{source.path}:{node.lineno} {name}{'.' if name else ''}{node.name}")
    assert wrong == set()


def test_every_room_states_its_law_in_a_few_rules():
    tops = [source for source in product() if source.path.endswith("/__init__.py") and source.path.count("/") <= 2]
    without = {source.path for source in tops
               if source.path != "hub/__init__.py"  # a corridor: its rooms have their own laws
               and not re.search(r"^\s*(Rule )?2[:.] ", ast.get_docstring(source.tree) or "", re.MULTILINE)}
    assert without == set()


def test_no_test_puts_something_in_the_place_of_the_middle():
    wrong = {f"{source.path}:{one.line}" for source in everything() for one in source.imports()
             if one.module in ("unittest.mock", "mock") or one.name == "mock"}
    assert wrong == set()


# -- the eyes of these tests ----------------------------------------------------------------------

@pytest.mark.parametrize("line", [
    "import time\nt = time.time()", "from time import monotonic", "import datetime\nd = datetime.datetime.now()",
    "from datetime import datetime\nd = datetime.now()", "import time as t\nfrom time import time_ns",
])
def test_these_tests_see_who_looks_at_the_clock(line):
    assert list(_takes(Source("wire/x.py", line, ast.parse(line)), READS_THE_CLOCK)) != []


@pytest.mark.parametrize("line", ["import secrets\nk = secrets.token_hex(8)", "from os import urandom",
                                  "import random\nn = random.random()", "import uuid\ni = uuid.uuid4()"])
def test_these_tests_see_who_makes_ids(line):
    assert list(_takes(Source("wire/x.py", line, ast.parse(line)), MAKES_CHANCE)) != []


def test_these_tests_do_not_take_words_for_deeds():
    line = '"""Made by secrets.token_hex at time.time()."""\nself.time.time()  # datetime.now()'
    source = Source("wire/x.py", line, ast.parse(line))
    assert [*_takes(source, READS_THE_CLOCK), *_takes(source, MAKES_CHANCE)] == []


@pytest.mark.parametrize("comment, fine", [
    ("# noqa: S608", False), ("# noqa: S608 (names of our own)", True), ("# type: ignore[arg-type]", False),
    ("# type: ignore[arg-type]  # floats do", True), ("# noqa", False), ("# noqa: BLE001 -- whatever it is", True),
])
def test_these_tests_see_an_exception_without_a_reason(comment, fine):
    line = f"x = 1  {comment}\n"
    assert (list(_without_reason(Source("wire/x.py", line, ast.parse(line)))) == []) is fine
