"""A device signs in with its own secret, where it was given one."""

from pathlib import Path

import pytest

from firmware_config.broker_account import SecretUnreadable, broker_account


def test_a_device_with_a_secret_signs_in_by_its_id(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "tv-1").write_text("s3cret\n", encoding="utf-8")
    assert broker_account(tmp_path, "tv-1") == ("tv-1", "s3cret")


def test_without_a_secret_nobody_signs_in(tmp_path: Path) -> None:
    assert broker_account(tmp_path, "tv-1") == ("", "")


def test_a_secret_that_can_not_be_read_is_named_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / "secrets" / "tv-1").mkdir(parents=True)
    with pytest.raises(SecretUnreadable, match="secrets/tv-1"):
        broker_account(tmp_path, "tv-1")
