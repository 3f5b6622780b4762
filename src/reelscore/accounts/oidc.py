"""Signing in at an OpenID provider: the authorisation code flow with PKCE (OpenID Connect Core, RFC 7636).

Authlib asks for the code and exchanges it; joserfc checks the signature of the ID token and what it claims.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from reelscore.config import Settings
from reelscore.errors import ConfigurationError, ReelscoreError, SourceError, how_to_get

_SECONDS = 10.0  # for each request to the provider
_LEEWAY_SECONDS = 60
# Signatures by a key that the provider alone has; never "none", never one by the secret of the client.
_ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)


class SignInError(ReelscoreError):
    """Somebody could not be signed in."""

    code = "sign_in_refused"


@dataclass(frozen=True, slots=True)
class Pending:
    """What a browser that was sent to the provider must come back with."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at the provider."""

    subject: str  # "issuer subject", which is stable, as a name is not
    name: str


class Provider:
    """One OpenID provider, as the settings name it.

    Raises
    ------
    ConfigurationError
        A setting or a package is missing.
    """

    def __init__(self, settings: Settings) -> None:
        if not settings.oidc_client_id:
            raise ConfigurationError("REELSCORE_OIDC_ISSUER is set and REELSCORE_OIDC_CLIENT_ID is not")
        try:
            import authlib
            import joserfc
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                f"an OpenID provider needs packages that are not installed; {how_to_get('oidc')}"
            ) from error
        del authlib, joserfc
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret
        self._name_claim = settings.oidc_name_claim
        self._stated: dict[str, Any] | None = None

    def begin(self, redirect_uri: str) -> tuple[str, Pending]:
        """Where a browser goes to sign in, and what it must come back with.

        Raises
        ------
        SourceError
            The provider does not answer, or is not the one that the settings name.
        """
        pending = Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        with self._client(redirect_uri) as client:
            url, _ = client.create_authorization_url(
                self._metadata()["authorization_endpoint"],
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        return str(url), pending

    def finish(self, pending: Pending, *, code: str, state: str, redirect_uri: str) -> Identity:
        """Who came back with a code.

        Raises
        ------
        SignInError
            It is not the browser that was sent, or the provider's word of it is wrong, over, or for others.
        SourceError
            The provider does not answer.
        """
        if not code or not hmac.compare_digest(state.encode(), pending.state.encode()):
            raise SignInError("this is not the answer to a sign-in of this browser; begin again")
        token = self._exchange(code, pending.verifier, redirect_uri)
        claims = self._claims(str(token.get("id_token") or ""), pending.nonce)
        subject = f"{self._issuer} {claims['sub']}"
        if len(subject) > 255:
            raise SignInError("the provider's name of the user is too long")
        return Identity(subject, str(claims.get(self._name_claim) or claims["sub"]))

    def _exchange(self, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
        import httpx
        from authlib.integrations.base_client import OAuthError

        endpoint = self._metadata()["token_endpoint"]
        try:
            with self._client(redirect_uri) as client:
                token: dict[str, Any] = client.fetch_token(
                    endpoint, grant_type="authorization_code", code=code, code_verifier=verifier
                )
        except OAuthError as error:
            raise SignInError(f"the provider refused the code: {error.error}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise SourceError(f"the OpenID provider {self._issuer} does not answer: {error}") from error
        return token

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            keys = KeySet.import_key_set(self._get(self._metadata()["jwks_uri"]))
            claims: dict[str, Any] = jwt.decode(id_token, keys, algorithms=list(_ALGORITHMS)).claims
            jwt.JWTClaimsRegistry(
                leeway=_LEEWAY_SECONDS,
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client_id},
                nonce={"essential": True, "value": nonce},
                sub={"essential": True},
                exp={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise SignInError(f"the provider's ID token cannot be verified: {error}") from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", self._client_id) != self._client_id or (several and "azp" not in claims):
            raise SignInError("the provider's word is for another client")
        return claims

    def _metadata(self) -> dict[str, Any]:
        if self._stated is None:
            found = self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self._issuer:
                raise SourceError(
                    f"the OpenID provider calls itself {found.get('issuer')!r}, the settings {self._issuer!r}"
                )
            self._stated = found
        return self._stated

    def _get(self, url: str) -> Any:
        import httpx

        try:
            answer = httpx.get(url, timeout=_SECONDS)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SourceError(f"the OpenID provider {self._issuer} does not answer: {error}") from error

    def _client(self, redirect_uri: str) -> Any:
        from authlib.integrations.httpx_client import OAuth2Client

        return OAuth2Client(
            self._client_id,
            self._secret.get_secret_value() if self._secret else None,
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_SECONDS,
        )
