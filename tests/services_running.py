"""MariaDB and Redis for tests: the real servers, on free ports of this machine, in a temporary folder.

Each is an object with `start`, `stop`, `kill` and `restart`; a restarted one keeps its port and its data. The
fixtures `mariadb_url` and `redis_url` (see conftest) are all that most tests need.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any, NoReturn

import pytest
import sqlalchemy as sa

from patience import PATIENCE_SECONDS

# Read when the tests are loaded: a fixture hides the environment of whoever runs them from each test.
REQUIRED = os.environ.get("REELSCORE_REQUIRE_SERVICES", "") not in ("", "0")

USER, PASSWORD = "reelscore", "s3cret/of:the@tests"


def program(*names: str) -> str:
    """The path of the first of these programs; where none is there the test is skipped, or fails in CI."""
    for name in names:
        found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin")
        if found:
            return found
    return missing(f"{names[0]} is not installed")


def missing(reason: str) -> NoReturn:
    """Skip a test that needs a service, or fail where REELSCORE_REQUIRE_SERVICES asks for all of them."""
    if REQUIRED:
        pytest.fail(f"{reason}, and REELSCORE_REQUIRE_SERVICES is set")
    pytest.skip(reason)


def free_port() -> int:
    """A free port below those that clients are given, so that none takes it while a server restarts."""
    for _ in range(100):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise RuntimeError("no port is free")


class Server:
    """A process that listens on a port of this machine."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers; does nothing where it runs."""
        if self.running:
            return
        fixed = bool(self.port)  # a restarted server has the port that its clients know
        for attempt in range(5):
            if not fixed:
                self.port = free_port()
            with (self.folder / "log").open("ab") as log:
                # In a session of its own, so that Ctrl-C reaches the tests first.
                self.process = subprocess.Popen(
                    self.command(), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
                )
            deadline = time.monotonic() + PATIENCE_SECONDS
            while self.running and time.monotonic() < deadline:
                if self.answers():
                    return
                time.sleep(0.02)
            self.kill()
            time.sleep(0.1 * 2**attempt)  # somebody else took the port
        raise RuntimeError(
            f"{self.command()[0]} did not start:\n"
            + (self.folder / "log").read_text(errors="replace")[-2000:]
        )

    def stop(self) -> None:
        """End it in an orderly way; what it was told is kept where it keeps anything."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


class MariaDB(Server):
    """A MariaDB server with a user of its own, who may make databases."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._program = program("mariadbd", "mysqld")
        self._data = folder / "data"
        # Of its own: a server that starts removes the temporary tables of every other one in the same place.
        self._temporary = folder / "tmp"
        self._temporary.mkdir(exist_ok=True)
        # A path of a socket has 107 characters at most, and temporary folders of tests are long.
        self._socket = Path("/tmp") / f"reelscore-{uuid.uuid4().hex[:12]}.sock"
        if not self._data.exists():
            self._install(program("mariadb-install-db", "mysql_install_db"))

    def _install(self, installer: str) -> None:
        answer = subprocess.run(
            [
                installer,
                "--no-defaults",
                *self._owner(),
                f"--datadir={self._data}",
                f"--tmpdir={self._temporary}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
                "--innodb-log-file-size=8M",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode:
            raise RuntimeError(f"{installer} failed:\n{answer.stdout[-1000:]}{answer.stderr[-1000:]}")

    @staticmethod
    def _owner() -> list[str]:
        return ["--user=root"] if os.getuid() == 0 else []

    def command(self) -> list[str]:
        return [
            self._program,
            "--no-defaults",
            *self._owner(),
            f"--datadir={self._data}",
            f"--tmpdir={self._temporary}",
            f"--socket={self._socket}",
            f"--port={self.port}",
            f"--pid-file={self.folder / 'pid'}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--skip-log-bin",
            "--innodb-log-file-size=8M",
            "--innodb-buffer-pool-size=64M",
            # Never flushed to the disk: what a killed server was told survives, a power cut is no test.
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-flush-method=nosync",
            "--sync-frm=0",
            "--innodb-doublewrite=0",
            "--max-connections=200",
        ]

    def answers(self) -> bool:
        # Knocked at first: PyMySQL leaves its socket open where nobody answers, and that is a warning.
        with socket.socket(socket.AF_UNIX) as knock:
            try:
                knock.connect(str(self._socket))
            except OSError:
                return False
        self.run("SELECT 1")
        return True

    def start(self) -> None:
        if self.running:
            return
        super().start()
        for host in ("127.0.0.1", "localhost"):
            self.run(
                f"CREATE USER IF NOT EXISTS '{USER}'@'{host}' IDENTIFIED BY '{PASSWORD}'",
                f"GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'{host}'",
            )

    def _end(self, how: signal.Signals) -> None:
        super()._end(how)
        self._socket.unlink(missing_ok=True)

    def run(self, *statements: str, database: str | None = None) -> list[Any]:
        """Run statements as the root of the server; the rows of the last one."""
        url = sa.URL.create(
            "mysql+pymysql",
            "root",
            host="localhost",
            database=database,
            query={"unix_socket": str(self._socket)},
        )
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool, isolation_level="AUTOCOMMIT")
        rows: list[Any] = []
        with engine.connect() as connection:
            for statement in statements:
                answer = connection.exec_driver_sql(statement.replace("%", "%%"))
                rows = list(answer.all()) if answer.returns_rows else []
        return rows

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD) -> str:
        """The address of a database on this server, whether it is there or not."""
        made = sa.URL.create(
            "mysql+pymysql", user, password, host="127.0.0.1", port=self.port, database=database
        )
        return made.render_as_string(hide_password=False)

    def create_database(self) -> str:
        """A new empty database; returns its address."""
        name = f"test_{uuid.uuid4().hex[:16]}"
        self.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Delete a database that `create_database` made."""
        self.run(f"DROP DATABASE IF EXISTS {sa.make_url(url).database}")


class Redis(Server):
    """A Redis server; what it holds is lost with it, unless it is told to `keep` it in a file."""

    def __init__(self, folder: Path, *, keep: bool = False) -> None:
        super().__init__(folder)
        self._program = program("redis-server")
        self.keep = keep

    def command(self) -> list[str]:
        return [
            self._program,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(self.folder),
            "--save",
            "",
            "--appendonly",
            "yes" if self.keep else "no",
            "--appendfsync",
            "always" if self.keep else "no",
        ]

    def ask(self, command: str) -> str:
        """The first line that Redis answers to a command."""
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, timeout=5.0) as one, one.makefile("rb") as answer:
            one.sendall(f"{command}\r\n".encode())
            return answer.readline().decode().strip()

    def answers(self) -> bool:
        try:
            return self.ask("PING") == "+PONG"  # "-LOADING ..." while it reads its file
        except OSError:
            return False

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"
