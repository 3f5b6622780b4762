"""The servers that other tests need: they start, keep what they should, and leave nothing behind."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

import services_running
from services_running import MariaDB, Redis, program


def test_mariadb_gives_each_test_an_empty_database_and_keeps_it_over_a_crash(
    mariadb_server: MariaDB, mariadb_url: str
) -> None:
    engine = sa.create_engine(mariadb_url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        connection.execute(sa.text("CREATE TABLE words (word TEXT)"))
        connection.execute(sa.text("INSERT INTO words VALUES ('🎬 naïve')"))
    for end in (mariadb_server.stop, mariadb_server.kill):
        end()
        assert not mariadb_server.running
        mariadb_server.start()
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT word FROM words")).scalar_one() == "🎬 naïve"


def test_redis_starts_empty_and_forgets(redis_server: Redis, redis_url: str) -> None:
    assert redis_url == redis_server.url
    assert redis_server.ask("GET word") == "$-1"
    assert redis_server.ask("SET word there") == "+OK"
    redis_server.restart()
    assert redis_server.ask("GET word") == "$-1"


def test_a_lasting_redis_server_has_its_data_again(lasting_redis_server: Redis) -> None:
    assert lasting_redis_server.ask("SET word there") == "+OK"
    lasting_redis_server.kill()
    lasting_redis_server.start()
    assert lasting_redis_server.ask("STRLEN word") == ":5"


def test_a_missing_program_skips_a_test_unless_services_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services_running, "REQUIRED", False)
    with pytest.raises(pytest.skip.Exception, match="no-such-server is not installed"):
        program("no-such-server")
    monkeypatch.setattr(services_running, "REQUIRED", True)
    with pytest.raises(pytest.fail.Exception, match="REELSCORE_REQUIRE_SERVICES"):
        program("no-such-server")
