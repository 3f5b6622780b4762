"""Resolve the dependencies of pyproject.toml into lock files with hashes.

Writes `requirements/core.txt` (what a plain install needs), `requirements/demo.txt` (core and the demo
extra; what `make demo` installs), `requirements/server.txt` (core and what a library on servers needs; what
the image of the `Dockerfile` holds), `requirements/dev.txt` (all of it with the tools of the tests) and
`requirements/bench.txt` (what `make bench` measures beside us, and nothing of ours).
The files are universal: one for all platforms and Python versions from 3.11. They name no index.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Not `export`, which brings PyTorch.
EXTRAS = ("demo", "gemini", "clap", "youtube", "plot", "mcp", "watch", "oidc", "mysql", "qdrant", "celery")
SERVER_EXTRAS = ("mysql", "qdrant", "celery", "gemini", "clap", "youtube", "mcp", "watch", "oidc")


def extras(names: tuple[str, ...]) -> list[str]:
    return [part for name in names for part in ("--extra", name)]


LOCKS = {
    "core": ["pyproject.toml", "--group", "build"],
    "server": ["pyproject.toml", *extras(SERVER_EXTRAS), "--group", "build"],
    "demo": ["pyproject.toml", "--extra", "demo", "--group", "build"],
    "dev": ["pyproject.toml", *extras(EXTRAS), "--group", "dev"],
    "bench": ["--group", "bench"],
}


def lock(name: str, options: list[str]) -> None:
    target = f"requirements/{name}.txt"
    command = [
        *[sys.executable, "-m", "uv", "pip", "compile", *options],
        *["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"],
        *["--no-emit-find-links", "--no-annotate", "--custom-compile-command", "make lock", "--quiet"],
        # With hashes required, pip takes a pin without its extra only until a newer release is out.
        "--no-strip-extras",
        *["--output-file", target],
    ]
    # `dev` constrains the others, so that all agree on every shared version.
    if name != "dev":
        command += ["--constraint", "requirements/dev.txt"]
    subprocess.run(command, cwd=ROOT, check=True)
    print(f"wrote {target}")


def main() -> None:
    for name in ("dev", "demo", "server", "core", "bench"):
        lock(name, LOCKS[name])


if __name__ == "__main__":
    main()
