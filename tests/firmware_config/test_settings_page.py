"""docs/SETTINGS.md and the settings say the same."""

from dataclasses import fields
from pathlib import Path

import pytest

from firmware_config.forms import sentence
from firmware_config.programs import KINDS
from firmware_config.settings import FILES
from firmware_config.settings_page import page

PAGE = Path(__file__).parents[2] / "docs" / "SETTINGS.md"
EVERY = [pytest.param(setting, id=f"{name}:{setting.name}") for name, file in FILES.items()
         for setting in fields(file.kind)]
EVERY += [pytest.param(setting, id=f"{kind}:{setting.name}") for kind, shape in KINDS.items()
          for setting in fields(shape)]


def test_the_page_is_the_one_the_settings_make() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `motcua settings page > docs/SETTINGS.md`"


@pytest.mark.parametrize("setting", EVERY)
def test_every_setting_says_what_it_means_in_one_sentence(setting: object) -> None:
    said = sentence(setting)  # type: ignore[arg-type]
    assert said[0].isupper() or said[0] == "`"
    assert said.endswith((".", "…")) and len(said) <= 110
