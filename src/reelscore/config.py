"""The one place where settings come from: the environment and a `.env` file.

The documented names of the seeds are kept as they are (`GEMINI_API_KEY`, `QDRANT_HOST`, `DB_USER`, ...);
every other setting starts with `REELSCORE_`. `Settings` is built once, at the composition root
(`reelscore.wiring`), and passed in; nothing else reads the environment.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from reelscore.errors import ConfigurationError


def _default_home() -> Path:
    return Path.home() / ".local" / "share" / "reelscore"


class Settings(BaseSettings):
    """What can be configured, with the embedded default of each."""

    model_config = SettingsConfigDict(env_prefix="REELSCORE_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(default_factory=_default_home, description="folder for all that reelscore writes")
    host: str = Field("127.0.0.1", description="address that `serve` listens on")
    port: int = Field(8000, ge=1, le=65535, description="port that `serve` listens on")
    threads: int | None = Field(
        None, ge=1, description="threads of a model run; not set: as many as cores, at most 4"
    )
    workers: int = Field(1, ge=1, le=32, description="worker threads of the embedded job queue")
    allowed_hosts: str = Field(
        "", description="names, separated by commas, that the server answers to beside its own; * for any"
    )
    max_upload_mb: int = Field(2048, ge=1, description="largest video or song that the API takes, in MB")

    database_url: SecretStr | None = Field(
        None, validation_alias=AliasChoices("DATABASE_URL", "REELSCORE_DATABASE_URL")
    )

    @property
    def sqlite_path(self) -> Path:
        """Where the embedded database lives."""
        return self.home / "library.sqlite3"

    @property
    def index_dir(self) -> Path:
        """Where the embedded vector index lives, one folder for each space."""
        return self.home / "index"

    @property
    def uploads_dir(self) -> Path:
        """Where uploaded files wait for their job."""
        return self.home / "uploads"

    @property
    def sql_url(self) -> str:
        """The SQLAlchemy address of the catalogue; it may hold a password, so it is never logged."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.sqlite_path}"


def load_settings() -> Settings:
    """Read the settings from the environment and `.env`.

    Raises
    ------
    ConfigurationError
        A setting has a value that cannot be used; the message names the setting, never a secret's value.
    """
    try:
        return Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']).upper()}: {item['msg']}" for item in error.errors()
        )
        raise ConfigurationError(f"a setting cannot be used: {problems}") from None
