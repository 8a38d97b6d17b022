"""What holds for every test: the profiles of Hypothesis, the programs a test needs, and who shares a worker.

The markers themselves are listed in pyproject.toml.
"""

import os
import shutil

import pytest
from hypothesis import settings

# A deadline per example would measure the neighbours on a shared machine, not this code.
settings.register_profile("full", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=25)
settings.load_profile("quick" if os.environ.get("MOTCUA_QUICK") == "1" else "full")

# The Debian package of a program, where its name is another.
DEBIAN_PACKAGES = {"mosquitto_pub": "mosquitto-clients", "mosquitto_sub": "mosquitto-clients", "zbarimg": "zbar-tools",
                   "Xvfb": "xvfb"}

# Tests of one file with such a mark share a running office or a browser, so one worker keeps the whole file.
KEPT_TOGETHER = ("browser", "e2e")


def programs_needed(item: pytest.Item) -> list[str]:
    """The programs that `item` can not do without, from its marks `needs` and `browser`."""
    programs = [str(program) for mark in item.iter_markers("needs") for program in mark.args]
    if item.get_closest_marker("browser") is not None:
        programs.append("chromium")
    return programs


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true",
                     help="kill kiosks with 200 seeds instead of 20 (MOTCUA_SOAK=n: with n seeds)")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for program in programs_needed(item):
            if shutil.which(program) is None:
                package = DEBIAN_PACKAGES.get(program, program)
                reason = f"{program} is not installed; type: sudo apt-get install {package}"
                item.add_marker(pytest.mark.skip(reason=reason))
        shared = any(item.get_closest_marker(name) for name in KEPT_TOGETHER)
        if shared and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.split("::")[0]))
