"""`reelscore users`: who may sign in to a server that others reach, and the tokens of their programs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from reelscore.accounts.service import Accounts, user_name
from reelscore.cli.backend import catalog_beside
from reelscore.cli.output import escape, note, print_json, say
from reelscore.cli.panels import AsJson
from reelscore.errors import InvalidInputError, NotFoundError
from reelscore.payloads import token_payload
from reelscore.records import ROLES, ApiToken, RoleName, User

app = typer.Typer(help="Who may sign in to a server that others reach.", no_args_is_help=True)
token_app = typer.Typer(help="Tokens, by which programs ask for a user.", no_args_is_help=True)
app.add_typer(token_app, name="token")

Name = Annotated[str, typer.Argument(help="The name of the user.")]
RoleOption = Annotated[
    RoleName,
    typer.Option(
        help="viewer: looks and asks; editor: changes the library, works on films; admin: looks after all."
    ),
]


@contextmanager
def _accounts() -> Iterator[Accounts]:
    """The users of the library, also while a server owns it: they are in the database alone."""
    with catalog_beside() as catalog:
        yield Accounts(catalog.accounts)


def _password(name: str) -> str:
    """A password from the terminal, typed twice, or the first line of a pipe."""
    if sys.stdin.isatty():
        text: str = typer.prompt(f"password of {name}", hide_input=True, confirmation_prompt=True, err=True)
        return text
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InvalidInputError("no password came; type it, or send it as one line: `... < password.txt`")
    return password


@app.command()
def add(
    name: Name,
    role: RoleOption = "viewer",
    no_password: Annotated[
        bool, typer.Option("--no-password", help="Signs in elsewhere: at a proxy or an OpenID provider.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a user; asks for the password, or reads it from a pipe."""
    name = user_name(name)
    password = None if no_password else _password(name)
    with _accounts() as accounts:
        _print(accounts.add(name, ROLES[role], password), as_json)


@app.command("list")
def list_users(as_json: AsJson = False) -> None:
    """All users."""
    with _accounts() as accounts:
        users = accounts.store.users()
    if as_json:
        print_json({"users": [_payload(user) for user in users]})
        return
    for user in users:
        say(_line(user))
    if not users:
        say("no users; a server on this machine alone needs none")


@app.command()
def role(
    name: Name, role: Annotated[RoleName, typer.Argument(help="The new role.")], as_json: AsJson = False
) -> None:
    """Give a user another role, which holds from the next request on."""
    with _accounts() as accounts:
        _print(accounts.store.change_user(user_name(name), role=role), as_json)


@app.command()
def password(name: Name, as_json: AsJson = False) -> None:
    """Give a user another password, and sign all their browsers out."""
    name = user_name(name)
    new = _password(name)
    with _accounts() as accounts:
        _print(accounts.set_password(name, new), as_json)


@app.command("sign-out")
def sign_out(name: Name, as_json: AsJson = False) -> None:
    """Sign all browsers of a user out; tokens stay."""
    with _accounts() as accounts:
        user = _found(accounts, name)
        accounts.store.remove_sessions(name=user.name)
        _print(user, as_json)


@app.command()
def remove(name: Name, as_json: AsJson = False) -> None:
    """Remove a user, with sessions and tokens."""
    with _accounts() as accounts:
        _print(accounts.store.remove_user(user_name(name)), as_json)


@token_app.command("add")
def add_token(
    name: Name,
    label: Annotated[str, typer.Option(help="What it is for.")] = "from the command line",
    scope: Annotated[RoleName, typer.Option(help="The most that it may do.")] = "viewer",
    days: Annotated[float, typer.Option(min=0, help="How long it lasts; 0: until it is removed.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it, this once: `curl -H "Authorization: Bearer TOKEN" …`."""
    with _accounts() as accounts:
        secret, token = accounts.make_token(
            _found(accounts, name), label, scope=ROLES[scope], days=days or None
        )
    if as_json:
        print_json({"user": token.user, **token_payload(token), "token": secret})
        return
    say(secret)
    note(f"{_token_line(token)}; it is shown this once")


@token_app.command("list")
def list_tokens(name: Name, as_json: AsJson = False) -> None:
    """The tokens of a user, by their ids."""
    with _accounts() as accounts:
        tokens = accounts.store.tokens(_found(accounts, name).name)
    if as_json:
        print_json({"tokens": [{"user": token.user, **token_payload(token)} for token in tokens]})
        return
    for token in tokens:
        say(escape(_token_line(token)))
    if not tokens:
        say("no tokens")


@token_app.command("remove")
def remove_token(
    name: Name, token_id: Annotated[str, typer.Argument(help="The id of the token.")], as_json: AsJson = False
) -> None:
    """Remove a token: whoever shows it is refused from now on."""
    with _accounts() as accounts:
        accounts.store.remove_token(user_name(name), token_id)
    if as_json:
        print_json({"removed": token_id})
    else:
        say(f"removed {escape(token_id)}")


def _found(accounts: Accounts, name: str) -> User:
    user = accounts.store.user(user_name(name))
    if user is None:
        raise NotFoundError(f"there is no user {user_name(name)!r}")
    return user


def _print(user: User, as_json: bool) -> None:
    if as_json:
        print_json(_payload(user))
    else:
        say(_line(user))


def _payload(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role.word,
        "created_at": user.created_at,
        "has_password": user.has_password,
        "subject": user.subject,
    }


def _line(user: User) -> str:
    how = "password" if user.has_password else "signs in elsewhere"
    return f"{user.name}  {user.role.word}  [dim]{how}, since {user.created_at[:10]}[/dim]"


def _token_line(token: ApiToken) -> str:
    until = f"until {token.expires_at[:10]}" if token.expires_at else "until it is removed"
    return f"{token.id}  {token.scope.word}  {until}  {token.label}"
