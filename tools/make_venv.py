"""Make a virtual environment, or say in one line why this Python cannot."""

import sys

WANTED = (3, 11)


def main() -> int:
    if sys.version_info < WANTED:
        have = ".".join(map(str, sys.version_info[:3]))
        print(
            f"reelscore needs Python 3.11 or newer; {sys.executable} is {have}. Try: make PYTHON=python3.12",
            file=sys.stderr,
        )
        return 1
    try:
        import ensurepip  # noqa: F401  (Debian splits it off into python3-venv)
        import venv
    except ImportError:
        print(
            "this Python has no venv module; on Debian and Ubuntu: apt install python3-venv", file=sys.stderr
        )
        return 1
    venv.create(sys.argv[1], with_pip=True, symlinks=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
