"""The files of a deployment agree with the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from reelscore.cli.main import app
from reelscore.config import Settings

ROOT = Path(__file__).parent.parent
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
OURS = ("api", "worker", "videos")


def names_of_settings() -> dict[str, str]:
    """Field -> the first of its names in the environment."""
    names = {}
    for field, info in Settings.model_fields.items():
        alias = info.validation_alias
        choices = getattr(alias, "choices", [alias] if alias else [f"REELSCORE_{field.upper()}"])
        names[field] = str(choices[0])
    return names


def names_in_example() -> list[str]:
    return re.findall(r"^(?:# )?([A-Z][A-Z0-9_]+)=", EXAMPLE, re.MULTILINE)


def variables_of(text: str) -> set[str]:
    """What a compose file takes from its environment: ${NAME}, ${NAME:-default}; `$$` is a dollar."""
    return set(re.findall(r"\$\{([A-Z0-9_]+)", text.replace("$$", "")))


def test_every_setting_is_in_the_example_once() -> None:
    listed = names_in_example()
    assert len(listed) == len(set(listed))
    missing = set(names_of_settings().values()) - set(listed)
    assert not missing, f"add these to .env.example: {sorted(missing)}"


def test_the_example_names_nothing_that_does_not_exist() -> None:
    used = variables_of((ROOT / "compose.yaml").read_text())
    unknown = set(names_in_example()) - set(names_of_settings().values()) - used
    assert not unknown, f"neither a setting nor used by compose.yaml: {sorted(unknown)}"


def test_defaults_in_the_example_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    fields = {name: field for field, name in names_of_settings().items()}
    left_out = {"REELSCORE_HOME", "DB_HOST", "CELERY_BROKER_URL"}  # of the user, or shown as an example
    for name, value in re.findall(r"^# ([A-Z][A-Z0-9_]+)=(.+)$", EXAMPLE, re.MULTILINE):
        if name in fields and name not in left_out:
            monkeypatch.setenv(name, value)
    for name, field in fields.items():
        default = Settings.model_fields[field]
        if name not in left_out and default.default_factory is None:
            assert getattr(Settings(), field) == default.default, name


def test_compose_takes_only_variables_that_the_example_names() -> None:
    missing = variables_of((ROOT / "compose.yaml").read_text()) - set(names_in_example())
    assert not missing


@pytest.mark.parametrize("name", OURS)
def test_commands_of_services_exist(name: str) -> None:
    command, *options = SERVICES[name]["command"]
    group = typer.main.get_command(app)
    found = group.get_command(typer.Context(group), command)  # type: ignore[attr-defined]
    assert found is not None
    parameters = {option for parameter in found.params for option in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= parameters


@pytest.mark.parametrize("name", OURS)
def test_settings_of_services_are_read_and_fit_together(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment: dict[str, str] = SERVICES[name]["environment"]
    assert set(environment) <= set(names_of_settings().values())
    for variable, value in environment.items():
        monkeypatch.setenv(variable, re.sub(r"\$\{[^}]*\}", "s3cret", value))
    settings = Settings()
    assert (settings.host, settings.port, str(settings.home)) == ("0.0.0.0", 8000, "/data")
    assert settings.sql_url == "mysql+pymysql://reelscore:s3cret@mysql:3306/reelscore"
    assert settings.qdrant_address == "http://qdrant:6333"
    assert settings.celery_broker_url is not None
    assert settings.celery_broker_url.get_secret_value() == "redis://:s3cret@redis:6379/0"
    assert settings.music_folders == "/music"
    database = SERVICES["mysql"]["environment"]
    assert (database["MYSQL_USER"], database["MYSQL_DATABASE"]) == (settings.db_user, settings.db_name)
    # What the address of a service names is a service, and is waited for until it is well.
    for host in ("mysql", "qdrant", "redis"):
        assert SERVICES[name]["depends_on"][host] == {"condition": "service_healthy"}
        assert SERVICES[host]["healthcheck"]["test"]


def test_server_and_workers_share_uploads_and_music() -> None:
    assert SERVICES["api"]["volumes"] == SERVICES["worker"]["volumes"] == SERVICES["videos"]["volumes"]


def test_a_worker_is_kept_free_for_videos() -> None:
    command = SERVICES["videos"]["command"]
    assert command[command.index("--queues") + 1] == "videos"
    assert SERVICES["videos"]["healthcheck"] == SERVICES["worker"]["healthcheck"]
    targets = {
        volume.split(":")[1]
        for volume in re.sub(r"\$\{[^}]*\}", "x", "\n".join(SERVICES["api"]["volumes"])).split()
    }
    assert targets == {"/data", "/music"}


def test_volumes_are_declared_and_nothing_but_the_api_is_published() -> None:
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", ())
        if not volume.startswith("$")
    }
    assert named == set(COMPOSE["volumes"])
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]
    (port,) = SERVICES["api"]["ports"]
    assert port == "${REELSCORE_PUBLISH:-127.0.0.1:8000}:8000"


def test_nothing_runs_as_root() -> None:
    for name, service in SERVICES.items():
        if "-unprivileged" not in service["image"]:
            assert int(service["user"].split(":")[0]) > 0, name
        assert "no-new-privileges:true" in service["security_opt"]
    assert "\nUSER reelscore\n" in (ROOT / "Dockerfile").read_text()


def test_qdrant_server_is_of_the_version_of_the_client() -> None:
    locked = re.search(r"^qdrant-client==(\d+\.\d+)", (ROOT / "requirements/server.txt").read_text(), re.M)
    image = re.search(r":v(\d+\.\d+)", SERVICES["qdrant"]["image"])
    assert locked and image and locked[1] == image[1]


def test_what_the_image_is_made_of_exists_and_reaches_the_builder() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    ignored = (ROOT / ".dockerignore").read_text().split()
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.M):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, source
    assert ignored[: ignored.index("*") + 1][-1] == "*"


def test_image_agrees_with_the_settings() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert 'ENTRYPOINT ["reelscore"]' in dockerfile and 'CMD ["serve"]' in dockerfile
    user = re.search(r"--uid (\d+)", dockerfile)
    assert user and SERVICES["api"]["user"] == f"{user[1]}:{user[1]}"
    for name, value in SERVICES["api"]["environment"].items():
        if found := re.search(rf"\b{name}=(\S+)", dockerfile):
            assert found[1] == value


def test_every_lock_that_the_image_needs_has_its_extras() -> None:
    lock = (ROOT / "requirements/server.txt").read_text()
    for package in ("pymysql", "qdrant-client", "celery", "redis", "google-genai", "uvicorn"):
        assert re.search(rf"^{package}==\S+ \\\n    --hash=sha256:", lock, re.M), package
