"""ID tokens: who asked a pipeline to publish, as the forge has signed it.

GitLab lets whoever starts a pipeline overwrite its predefined variables, so that only a signed token says who that is.
"""

from __future__ import annotations

import base64
import re
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, StrictBool, StrictInt, ValidationError

from sixfold_compiler.diagnostics import Diagnostic, DiagnosticError

__all__ = ["AUDIENCE", "forge_of", "user_of"]

AUDIENCE = "sixfold"
LEEWAY = 60  # seconds by which two clocks may differ
MIN_BITS = 2048  # of a key
MAX_TOKEN = 16_384  # characters
_Record = TypeVar("_Record", bound=BaseModel)


def forge_of(url: str) -> tuple[str, str]:
    """Return the forge of a repository, such as `https://gitlab.example.com`, and the path of the repository there."""
    if url.startswith(("https://", "http://")):
        parts = urlsplit(url)
        forge, path = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", parts.path
    else:
        host, _, path = re.sub(r"^([a-z+]+://)?([^@/]+@)?", "", url).replace(":", "/", 1).partition("/")
        forge, path = f"https://{host}", re.sub(r"^[0-9]+/", "", path)
    return forge, path.strip("/").removesuffix(".git")


class _Head(BaseModel):
    alg: str
    kid: str = ""


class _Claims(BaseModel):
    iss: str
    aud: str | tuple[str, ...]
    exp: StrictInt
    nbf: StrictInt = 0
    project_path: str
    ref_type: str
    ref_protected: StrictBool | Literal["true", "false"]
    user_login: str = Field(min_length=1)


class _Key(BaseModel):
    kty: str
    kid: str = ""
    n: str = ""
    e: str = ""


class _Keys(BaseModel):
    keys: tuple[_Key, ...]


def user_of(token: str, keys: bytes, repository: str, now: float) -> str:
    """Return the login of the user who started the pipeline that got a token.

    Args:
        token: The ID token of a job, a JSON web token.
        keys: The forge's public keys, a JSON web key set.
        repository: The URL of the deploy repo, in whose pipeline the job must be.
        now: Seconds since 1970.

    Raises:
        DiagnosticError: SF241, the token is not one of the forge, is expired, or was issued for something else.
    """
    forge, project = forge_of(repository)
    parts = token.strip().split(".")
    if len(token) > MAX_TOKEN or len(parts) != 3:
        raise refused("is not a JSON web token")
    head = _read(_Head, _bytes(parts[0]), "has a head that cannot be read")
    if head.alg != "RS256":
        raise refused("is not signed with RS256")
    known = _read(_Keys, keys, f"cannot be verified: {forge} has no key set").keys
    key = next((key for key in known if (key.kty, key.kid) == ("RSA", head.kid)), None)
    if key is None or not _signed(key, f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2])):
        raise refused(f"is not signed by {forge}")
    claims = _read(_Claims, _bytes(parts[1]), "lacks a claim of GitLab")
    audiences = (claims.aud,) if isinstance(claims.aud, str) else claims.aud
    for text, holds in (
        (f"is not issued by {forge}", claims.iss == forge),
        (f"is not for the audience {AUDIENCE}", AUDIENCE in audiences),
        ("is expired", claims.exp > now - LEEWAY),
        ("is not valid yet", claims.nbf <= now + LEEWAY),
        (f"is not for a pipeline of {project}", claims.project_path == project),
        ("is not for a protected branch", claims.ref_type == "branch" and claims.ref_protected in (True, "true")),
    ):
        if not holds:
            raise refused(text)
    return claims.user_login


def refused(text: str) -> DiagnosticError:
    """Return the finding that the ID token does not say who asked."""
    hint = f"run it in a job of the deploy repository, with `id_tokens` for the audience {AUDIENCE}"
    return DiagnosticError(Diagnostic("SF241", f"the ID token {text}", None, hint))


def _signed(key: _Key, data: bytes, signature: bytes) -> bool:
    """Return whether the signature (RSA, PKCS #1 v1.5, SHA-256) of the data is by the holder of the key."""
    # Takes 50 ms to load, and only a publication with a token needs it.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    exponent, modulus = int.from_bytes(_bytes(key.e)), int.from_bytes(_bytes(key.n))
    if modulus.bit_length() < MIN_BITS:
        return False
    try:
        RSAPublicNumbers(exponent, modulus).public_key().verify(signature, data, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):  # ValueError: the numbers are no key
        return False
    return True


def _read(model: type[_Record], data: bytes, problem: str) -> _Record:
    try:
        return model.model_validate_json(data)
    except ValidationError:
        raise refused(problem) from None


def _bytes(text: str) -> bytes:
    """Decode base64 for URLs without padding; return nothing for other text."""
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
