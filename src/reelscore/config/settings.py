"""What can be configured, by the environment and a `.env` file.

Names that other tools use are kept as they are (`GEMINI_API_KEY`, `QDRANT_HOST`, `DB_USER`, ...);
every other setting starts with `REELSCORE_`. `Settings` is built once, at the composition root
(`reelscore.wiring`), and passed in; nothing else reads the environment.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_home() -> Path:
    return Path.home() / ".local" / "share" / "reelscore"


class Settings(BaseSettings):
    """What can be configured, with the embedded default of each."""

    model_config = SettingsConfigDict(
        env_prefix="REELSCORE_",
        env_file=".env",
        env_file_encoding="utf-8-sig",  # editors of Windows write that mark
        extra="ignore",
        frozen=True,
    )

    home: Path = Field(default_factory=_default_home, description="folder for all that reelscore writes")
    host: str = Field("127.0.0.1", description="address that `serve` listens on")
    port: int = Field(8000, ge=1, le=65535, description="port that `serve` listens on")
    threads: int | None = Field(
        None, ge=1, description="threads of a model run; not set: as many as cores, at most 4"
    )
    workers: int = Field(1, ge=1, le=32, description="worker threads of each lane of the embedded job queue")
    question_processes: int = Field(
        min(4, os.cpu_count() or 1), ge=0, le=64, description="processes for questions asked at once; 0: none"
    )
    jobs_keep_days: float = Field(30.0, ge=0, le=36_500, description="days finished jobs stay; 0: forever")
    jobs_keep: int = Field(
        10_000, ge=0, description="most finished jobs that are kept, the newest; 0: no limit"
    )
    uploads_keep_hours: float = Field(
        24.0,
        ge=0,
        le=876_000,
        description="how long the video of a job that failed or was cancelled is kept to try again; 0: not",
    )
    allowed_hosts: str = Field(
        "", description="names, separated by commas, that the server answers to beside its own; * for any"
    )
    sign_in: Literal["auto", "always", "never"] = Field(
        "auto", description="who must sign in; auto: everybody once the server listens beyond this machine"
    )
    trusted_proxies: str = Field(
        "",
        description="reverse proxies whose forwarded headers are trusted: addresses and networks, by commas",
    )
    proxy_user_header: str = Field(
        "", description="header in which a trusted proxy names the user that it let in, such as Remote-User"
    )
    proxy_role: Literal["viewer", "editor", "admin"] = Field(
        "viewer", description="of users whom such a proxy names and `reelscore users` does not know"
    )
    oidc_issuer: str = Field("", description="address of an OpenID provider at which people sign in")
    oidc_client_id: str = Field("", description="what the provider calls this server")
    oidc_client_secret: SecretStr | None = Field(None, description="secret of that client, if it has one")
    oidc_name_claim: str = Field("preferred_username", description="claim that names a new user")
    oidc_role: Literal["", "viewer", "editor", "admin"] = Field(
        "viewer", description="of users who come from there for the first time; empty: nobody new comes in"
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="path of the host under which a proxy passes requests on, such as /music",
    )
    log_format: Literal["text", "json"] = Field("text", description="of what `serve` and `worker` log")
    max_upload_mb: int = Field(2048, ge=1, description="largest video or song that the API takes, in MB")
    write_tags: bool = Field(
        False, description="let the HTTP API write tags into the files of songs; the command line always may"
    )
    films_mb: int = Field(
        20_000, ge=0, description="MB for copies of films that browsers cannot show; 0: no copy is made"
    )
    clap_model_name: str = Field(
        "laion/clap-htsat-unfused",
        validation_alias=AliasChoices("CLAP_MODEL_NAME", "REELSCORE_CLAP_MODEL_NAME"),
        description="CLAP checkpoint that searches by words use once it is pulled and indexed",
    )
    clap_precision: Literal["fp32", "int8"] | None = Field(
        None, description="of the CLAP model; not set: fp32 where it is installed, else int8"
    )
    execution_provider: str = Field(
        "cpu", description="where CLAP runs: cpu, cuda, rocm, migraphx, openvino, coreml or directml"
    )
    model_idle_seconds: float | None = Field(
        600.0, gt=0, description="seconds without use after which a CLAP tower is dropped from memory"
    )

    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "REELSCORE_DATABASE_URL"),
        description="address of the catalogue, such as mysql://user:password@host/name; wins over DB_*",
    )
    db_user: str | None = Field(
        None, validation_alias="DB_USER", description="user of a MySQL or MariaDB server; set: it is used"
    )
    db_password: SecretStr | None = Field(None, validation_alias="DB_PASSWORD")
    db_host: str | None = Field(None, validation_alias="DB_HOST", description="not set: 127.0.0.1")
    db_port: int = Field(3306, ge=1, le=65535, validation_alias="DB_PORT")
    db_name: str = Field("music_recommender", pattern=r"^[^/?#\\\s]{1,64}$", validation_alias="DB_NAME")

    qdrant_url: str | None = Field(
        None,
        validation_alias=AliasChoices("QDRANT_URL", "REELSCORE_QDRANT_URL"),
        description="address of a Qdrant server, such as https://host:6333; wins over QDRANT_HOST",
    )
    qdrant_host: str | None = Field(
        None,
        validation_alias=AliasChoices("QDRANT_HOST", "REELSCORE_QDRANT_HOST"),
        description="name of a Qdrant server; set: it is used, over plain http",
    )
    qdrant_port: int = Field(
        6333, ge=1, le=65535, validation_alias=AliasChoices("QDRANT_PORT", "REELSCORE_QDRANT_PORT")
    )
    qdrant_api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("QDRANT_API_KEY", "REELSCORE_QDRANT_API_KEY")
    )
    qdrant_prefix: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_-]{0,80}$",
        description="begins the name of each collection, so that libraries can share a Qdrant server",
    )
    qdrant_timeout_seconds: int = Field(30, ge=1, description="longest wait for one call of a Qdrant server")
    qdrant_quantization: Literal["none", "int8"] = Field(
        "none", description="int8: the server searches copies of a quarter of the size, vectors lie on disk"
    )
    qdrant_oversampling: float = Field(
        3.0, ge=1, le=100, description="with int8: how many times the wanted songs are scored exactly"
    )
    qdrant_batch_points: int = Field(500, ge=1, le=10_000, description="most songs in one write to Qdrant")
    qdrant_batch_mb: float = Field(
        8.0, gt=0, le=1000, description="most MB in one write to Qdrant, whose own limit is 32"
    )

    celery_broker_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("CELERY_BROKER_URL", "REELSCORE_CELERY_BROKER_URL"),
        description="Redis server that brings jobs to `reelscore worker`, such as redis://:password@host:6379/0",
    )

    taste: bool = Field(
        True,
        description="keep what people hear, keep and turn down, here alone, and let answers learn from it",
    )

    analyzer: Literal["auto", "vision", "gemini", "local"] = Field(
        "auto",
        description="who looks at videos; auto: the vision model if one is set, else Gemini with a key",
    )
    vision_url: str = Field(
        "",
        description="address of a vision model that speaks OpenAI's API, such as http://localhost:11434/v1",
    )
    vision_model: str = Field("", description="name of the model there, such as qwen2.5vl:7b")
    vision_key: SecretStr | None = Field(None, description="key of that address, if it wants one")
    vision_pictures: int = Field(12, ge=1, le=64, description="most pictures of a video that the model sees")
    vision_requests_per_minute: int | None = Field(None, ge=1, description="rate limit of the requests")
    vision_requests_per_day: int | None = Field(None, ge=0, description="daily quota of requests, by UTC")
    vision_tokens_per_day: int | None = Field(None, ge=0, description="daily quota of tokens, by UTC")
    vision_request_seconds: float = Field(180.0, gt=0, description="longest wait for one request")
    vision_deadline_seconds: float = Field(600.0, gt=0, description="longest wait for one video")
    vision_attempts: int = Field(3, ge=1, le=100, description="tries of each call, the waits doubled")
    picture_words: bool = Field(
        True, description="let the CLIP model, where it is pulled, say what videos show; 0 switches it off"
    )
    gemini_api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("GEMINI_API_KEY", "REELSCORE_GEMINI_API_KEY")
    )
    gemini_model: str = Field("gemini-flash-latest", description="model that is asked; names move")
    gemini_base_url: str = Field(
        "https://generativelanguage.googleapis.com/", description="address of the Gemini API, or of a gateway"
    )
    gemini_requests_per_minute: int | None = Field(10, ge=1, description="rate limit of the requests")
    gemini_requests_per_day: int | None = Field(
        250, ge=0, description="daily quota of requests, counted by Pacific time"
    )
    gemini_tokens_per_day: int | None = Field(
        5_000_000, ge=0, description="daily quota of tokens, counted by Pacific time"
    )
    gemini_request_seconds: float = Field(180.0, gt=0, description="longest wait for one request")
    gemini_deadline_seconds: float = Field(
        600.0, gt=0, description="longest wait for all requests about one video"
    )
    gemini_attempts: int = Field(5, ge=1, le=100, description="tries of each call, the waits doubled")

    music_folders: str = Field(
        "",
        description="folders that may be ingested over HTTP, separated as in PATH; none by default",
    )

    watch: bool = Field(
        False, description="ingest the music folders whenever their files change, while `serve` runs"
    )
    quiet_hours: str = Field(
        "",
        description="local time at which no such ingest runs, such as 22:00-07:00; empty: any time is fine",
    )
    watch_share: float = Field(
        0.5, gt=0, le=1, description="share of the time that each thread of such an ingest works"
    )
    saved_minutes: float = Field(
        60.0, ge=0, le=525_600, description="between two renewals of saved searches by `serve`; 0: none"
    )
    webhook_urls: str = Field(
        "",
        description="addresses, separated by commas, that changes of the library are sent to",
    )
    webhook_secret: SecretStr | None = Field(
        None, description="secret that these messages are signed with; not set: they are not signed"
    )

    live_hosts: str = Field(
        "",
        description="hosts, separated by commas, that `live` fetches pictures from and sends events to; "
        "none by default",
    )

    itunes_country: str = Field(
        "US", pattern=r"^[A-Za-z]{2}$", description="store that `ingest itunes` searches, two letters"
    )
    itunes_base_url: str = Field("https://itunes.apple.com", description="address of the iTunes Search API")
    itunes_calls_per_minute: int | None = Field(
        20, ge=1, description="rate limit of the searches; Apple allows 20"
    )

    subsonic_url: str = Field(
        "",
        description="address of a music server that speaks OpenSubsonic, such as https://music.example.org",
    )
    subsonic_user: str = Field("", description="user there")
    subsonic_password: SecretStr | None = Field(None, description="password of that user; sent hashed alone")
    subsonic_api_key: SecretStr | None = Field(None, description="key of that user, instead of both")
    subsonic_folder: str = Field(
        "", description="where the music folder of that server is mounted; empty: sound is fetched"
    )
    jellyfin_url: str = Field("", description="address of a Jellyfin server")
    jellyfin_user: str = Field("", description="user there")
    jellyfin_password: SecretStr | None = Field(None, description="password of that user")
    jellyfin_token: SecretStr | None = Field(None, description="token of that user, instead of both")
    jellyfin_folder: str = Field("", description="where its music folder is mounted")
    plex_url: str = Field("", description="address of a Plex Media Server")
    plex_token: SecretStr | None = Field(None, description="X-Plex-Token of the account that asks it")
    plex_folder: str = Field("", description="where its music folder is mounted")
    server_stars: str = Field(
        "", description="whose taste the stars of music servers count for: a user here, or `everybody`"
    )

    youtube_api_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("YOUTUBE_API_KEY", "REELSCORE_YOUTUBE_API_KEY"),
        description="key of the YouTube Data API, which knows what is trending",
    )
    youtube_audio: bool = Field(
        False,
        description="fetch the sound of YouTube videos to analyse it; its policy forbids this, so you decide",
    )
    youtube_region: str = Field(
        "US", pattern=r"^[A-Za-z]{2}$", description="country whose chart `ingest youtube` reads, two letters"
    )
    youtube_base_url: str = Field(
        "https://www.googleapis.com/youtube/v3", description="address of the YouTube Data API"
    )
    youtube_units_per_day: int = Field(10_000, ge=0, description="daily quota of the key, in units")
    youtube_max_minutes: float = Field(20.0, gt=0, description="longer videos are no single song")

    @property
    def sqlite_path(self) -> Path:
        """Where the embedded database lives."""
        return self.home / "library.sqlite3"

    @property
    def index_dir(self) -> Path:
        """Where the embedded vector index lives, one folder for each space."""
        return self.home / "index"

    @property
    def models_dir(self) -> Path:
        """Where pulled and exported models lie."""
        return self.home / "models"

    @property
    def uploads_dir(self) -> Path:
        """Where uploaded files wait for their job."""
        return self.home / "uploads"

    @property
    def fetched_dir(self) -> Path:
        """Where fetched sound lies while it is analysed; it is empty otherwise."""
        return self.home / "fetched"

    @property
    def music_roots(self) -> list[Path]:
        """The folders of `music_folders`."""
        return [Path(name).expanduser() for name in self.music_folders.split(os.pathsep) if name.strip()]

    @property
    def live_host_names(self) -> frozenset[str]:
        """The hosts of `live_hosts`, in lower case."""
        return frozenset(name.strip().lower() for name in self.live_hosts.split(",") if name.strip())

    @field_validator(
        *("database_url", "db_user", "db_password", "db_host", "db_port", "db_name"),
        *("qdrant_url", "qdrant_host", "qdrant_port", "qdrant_api_key", "qdrant_quantization"),
        "celery_broker_url",
        "vision_key",
        "oidc_client_secret",
        *("subsonic_password", "subsonic_api_key", "webhook_secret"),
        *("jellyfin_password", "jellyfin_token", "plex_token"),
        mode="before",
    )
    @classmethod
    def _empty_is_not_set(cls, value: Any, info: ValidationInfo) -> Any:
        # As a compose file passes on what its environment lacks.
        return cls.model_fields[str(info.field_name)].default if value == "" else value

    @field_validator(
        *("vision_url", "gemini_base_url", "itunes_base_url", "youtube_base_url", "webhook_urls"),
        *("subsonic_url", "jellyfin_url", "plex_url"),
    )
    @classmethod
    def _is_an_address(cls, value: str, info: ValidationInfo) -> str:
        for address in value.split(",") if info.field_name == "webhook_urls" else [value]:
            parts = urlsplit(address.strip())
            if address.strip() and not (parts.scheme in ("http", "https") and parts.hostname):
                # Without the value, which may hold a secret.
                raise ValueError("an address is like https://host or http://host:8080")
        return value

    @model_validator(mode="after")
    def _server_needs_a_user(self) -> Settings:
        if self.db_user is None and self.database_url is None and (self.db_host or self.db_password):
            raise ValueError("DB_HOST or DB_PASSWORD is set and DB_USER is not; set it, or neither")
        return self

    @property
    def sql_url(self) -> str:
        """The SQLAlchemy address of the catalogue; it may hold a password, so it is never logged."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        if self.db_user is not None:
            word = (
                "" if self.db_password is None else f":{quote(self.db_password.get_secret_value(), safe='')}"
            )
            host = self.db_host or "127.0.0.1"
            host = f"[{host}]" if ":" in host else host
            return (
                f"mysql+pymysql://{quote(self.db_user, safe='')}{word}@{host}:{self.db_port}/{self.db_name}"
            )
        return f"sqlite:///{self.sqlite_path}"

    @property
    def qdrant_address(self) -> str | None:
        """The address of the Qdrant server, or None if the index is embedded."""
        if self.qdrant_url is not None or self.qdrant_host is None:
            return self.qdrant_url
        if "://" in self.qdrant_host:
            return self.qdrant_host
        host = f"[{self.qdrant_host}]" if ":" in self.qdrant_host else self.qdrant_host
        return f"http://{host}:{self.qdrant_port}"

    def embedded(self, home: Path) -> Settings:
        """These settings for a library of its own under `home`, which uses no server that is set."""
        unset = dict.fromkeys(
            (
                *("database_url", "db_user", "db_password", "db_host", "qdrant_url", "qdrant_host"),
                "celery_broker_url",
            )
        )
        return self.model_copy(update={"home": home, **unset})
