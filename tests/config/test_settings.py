"""Settings that cannot be used, or that are none, are told in one line, without a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from reelscore.catalog.db.engine import open_engine
from reelscore.config import Settings, load_settings
from reelscore.errors import ConfigurationError


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    return tmp_path


def test_a_misspelt_setting_is_told_once(
    here: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("REELSCORE_SIGN_INN", "always")
    monkeypatch.setenv("REELSCORE_DB_PASSWORD", "hunter2")
    monkeypatch.setenv("REELSCORE_TEST_QDRANT_API_KEY", "of another program")
    monkeypatch.setenv("QDRANT_HOSTS", "of another program")
    (here / ".env").write_text("REELSCORE_MUSIC_FOLDER=/music\nMUSIC_DIR=/music\n")
    for _ in range(2):
        load_settings()
    assert caplog.messages == [
        "REELSCORE_DB_PASSWORD is no setting; DB_PASSWORD is one",
        "REELSCORE_MUSIC_FOLDER is no setting; REELSCORE_MUSIC_FOLDERS is one",
        "REELSCORE_SIGN_INN is no setting; REELSCORE_SIGN_IN is one",
    ]


def test_every_name_of_a_setting_is_known(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("CLAP_MODEL_NAME", "REELSCORE_CLAP_MODEL_NAME", "QDRANT_URL", "REELSCORE_PORT", "DB_NAME"):
        monkeypatch.setenv(name, "http://127.0.0.1:1" if name == "QDRANT_URL" else "8001")
    load_settings()
    assert caplog.messages == []


def test_a_settings_file_that_is_no_text_is_refused(here: Path) -> None:
    (here / ".env").write_bytes(b"REELSCORE_HOST=caf\xe9\n")
    with pytest.raises(ConfigurationError, match=r"\.env is no text in UTF-8"):
        load_settings()


@pytest.mark.parametrize("name", ["REELSCORE_VISION_URL", "REELSCORE_WEBHOOK_URLS", "REELSCORE_PLEX_URL"])
def test_an_address_that_is_none_is_refused_at_the_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        name, "https://a.example/x?key=hunter2" + (", http://b" if name.endswith("URLS") else "")
    )
    load_settings()
    for wrong in ("localhost:hunter2", "ftp://u:hunter2@host", "http:///hunter2"):
        monkeypatch.setenv(name, wrong)
        with pytest.raises(ConfigurationError, match=f"{name}: an address is like") as refused:
            load_settings()
        assert "hunter2" not in str(refused.value)


def test_a_database_of_another_kind_is_refused_by_what_there_is() -> None:
    with pytest.raises(
        ConfigurationError, match="in SQLite, MySQL or MariaDB, not in 'postgresql'"
    ) as refused:
        open_engine("postgresql://u:hunter2@host/x")
    assert "hunter2" not in str(refused.value)


def test_a_settings_file_may_have_a_byte_order_mark(here: Path) -> None:
    (here / ".env").write_text("REELSCORE_PORT=8123\n", encoding="utf-8-sig")
    assert load_settings().port == 8123
