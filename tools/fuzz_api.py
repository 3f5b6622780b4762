"""Ask every route of the API what nobody would ask, and look for faults of the server: by Schemathesis.

    pip install schemathesis            # not among the tools of the tests
    python tools/fuzz_api.py            # 60 cases of each route: without a sign-in, and by each role

A library with the demo's songs is made in a temporary folder and served on a free port. A run fails if an
answer has a status of 500 and above, or is not one that the schema of its route names.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from reelscore.accounts.service import Accounts
from reelscore.api import admission
from reelscore.api.app import create_app
from reelscore.api.server import Server, open_socket, url_of
from reelscore.config import Settings
from reelscore.ingest.service import ingest
from reelscore.records import ROLES
from reelscore.wiring import Wiring

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# What cannot be asked at random: streams that stay open, and the end of the own session.
EXCLUDED = ("/api/tasks/{task_id}/events", "/api/live/events")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=int, default=60, help="cases of each route, at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="a library to copy, instead of the demo's")
    parser.add_argument("--roles", nargs="*", default=["nobody", *ROLES], help="who asks")
    parser.add_argument("--only", nargs="*", default=[], help="paths of the schema; not given: all")
    options = parser.parse_args()
    # Beside this Python first: an environment that is not activated has no place on PATH.
    beside = Path(sys.executable).parent
    program = shutil.which("schemathesis", path=beside) or shutil.which("schemathesis")
    if program is None:
        sys.exit("schemathesis is not installed: pip install schemathesis")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        if options.home:
            shutil.copytree(options.home, home)
        wiring = Wiring(Settings(home=home))
        if not options.home:
            ingest(wiring, "demo")
        accounts = Accounts(wiring.catalog.accounts)
        tokens = {
            name: accounts.make_token(accounts.add(f"fuzz-{name}", role, None), "fuzz", scope=role, days=1)[0]
            for name, role in ROLES.items()
        }
        listener = open_socket("127.0.0.1", 0)
        admission.REQUESTS_PER_MINUTE = 10**9  # what is looked for here is something else
        server = Server(create_app(wiring, asks=True))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        schema = Path(folder) / "openapi.json"
        schema.write_text(json.dumps(create_app(wiring).openapi()))
        failed = False
        for who in options.roles:
            command = [program, "run", str(schema), "--url", url_of(listener).rstrip("/"), "--checks", CHECKS]
            command += ["--max-examples", str(options.examples), "--seed", str(options.seed), "--no-color"]
            command += [
                "--phases",
                "examples,coverage,fuzzing",
                "--continue-on-failure",
                "--request-timeout",
                "60",
            ]
            command += [part for path in EXCLUDED for part in ("--exclude-path", path)]
            command += [part for path in options.only for part in ("--include-path", path)]
            if who in tokens:
                command += ["--header", f"Authorization: Bearer {tokens[who]}"]
            print(f"--- asked by {who}", flush=True)
            failed |= subprocess.run(command, check=False).returncode != 0
        server.should_exit = True
        thread.join(30)
        wiring.close()
    sys.exit(failed)


if __name__ == "__main__":
    main()
