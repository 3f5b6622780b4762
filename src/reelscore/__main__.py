"""`python -m reelscore`: the command line, for those who do not have its script on the path."""

from reelscore.cli.main import run

if __name__ == "__main__":
    run()
