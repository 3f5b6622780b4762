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
    monkeypatch.setattr(Settings, "env_file", ".env")
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


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("REELSCORE_PORT", "0", "Input should be greater than or equal to 1"),
        ("REELSCORE_PORT", "80.5", "Input should be a valid integer, unable to parse string as an integer"),
        ("REELSCORE_WATCH_SHARE", "0", "Input should be greater than 0"),
        ("REELSCORE_WATCH_SHARE", "1.5", "Input should be less than or equal to 1"),
        ("REELSCORE_WATCH_SHARE", "nan", "Input should be greater than 0"),
        (
            "REELSCORE_WATCH_SHARE",
            "half",
            "Input should be a valid number, unable to parse string as a number",
        ),
        ("REELSCORE_TASTE", "maybe", "Input should be a valid boolean, unable to interpret input"),
        ("REELSCORE_SIGN_IN", "no", "Input should be 'auto', 'always' or 'never'"),
        ("REELSCORE_ITUNES_COUNTRY", "USA", "String should match pattern '^[A-Za-z]{2}$'"),
        ("DB_PORT", "x", "Input should be a valid integer, unable to parse string as an integer"),
    ],
)
def test_a_value_that_is_none_is_refused_by_its_name(
    name: str, value: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert str(refused.value) == f"a setting cannot be used: {name}: {reason}"


def test_what_is_given_counts_more_than_the_environment_and_that_more_than_the_file(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ".env").write_text("\ufeffREELSCORE_PORT=1\nreelscore_workers=2\nDB_PORT=\nQDRANT_URL=http://a\n")
    monkeypatch.setenv("REELSCORE_PORT", " 1_000 ")
    monkeypatch.setenv("REELSCORE_TASTE", "Off")
    monkeypatch.setenv("REELSCORE_QDRANT_URL", "http://b")
    settings = Settings(host="::1", home=str(here))
    assert (settings.port, settings.workers, settings.taste, settings.db_port) == (1000, 2, False, 3306)
    assert (settings.host, settings.home, settings.qdrant_url) == ("::1", here, "http://b")
    assert Settings(port=7).port == 7


def test_settings_stay_and_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK", "x")
    settings = Settings(webhook_secret="hunter2", DB_USER="me", DB_PASSWORD="hunter2")
    assert "hunter2" not in repr(settings) and ":hunter2@" in settings.sql_url
    with pytest.raises(AttributeError, match="port"):
        settings.port = 1
    other = settings.changed(port=1)
    assert (other.port, settings.port, other.db_user) == (1, 8000, "me") and other != settings
