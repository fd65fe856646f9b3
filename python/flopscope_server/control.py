"""Requests to the server's address and their replies (docs/protocol.md)."""

from __future__ import annotations

import hashlib
import hmac
import math
from dataclasses import replace
from typing import Any

import msgspec

from flopscope_server.protocol import PROTOCOL
from flopscope_server.session import Limits

__all__ = ["Refusal", "Request", "Token", "changed", "read", "reply"]

_WHOLE = ("memory_bytes", "arrays", "message_bytes", "read_bytes")


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A request that is not granted: a kind for programs, a sentence for people."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """A request, as it travels."""

    do: str
    protocol: int = 0
    client: str = ""
    token: bytes | None = None
    session: str | None = None
    limits: dict[str, float | None] | None = None


class _Version(msgspec.Struct):
    protocol: int | None = None


_requests = msgspec.msgpack.Decoder(Request)
_versions = msgspec.msgpack.Decoder(_Version)


def read(raw: bytes) -> Request:
    """Decode a request.

    Raises
    ------
    Refusal
        ``malformed``, or ``version`` where it speaks another version of the protocol.

    Examples
    --------
    >>> import msgspec
    >>> from flopscope_server.control import read
    >>> read(msgspec.msgpack.encode({"do": "hello", "protocol": 1})).do
    'hello'
    """
    try:
        version = _versions.decode(raw).protocol
        if version is None:
            raise Refusal("malformed", "a request says which 'protocol' it speaks")
        if version != PROTOCOL:
            raise Refusal(
                "version",
                f"the client speaks protocol {version} and the server {PROTOCOL}: install the"
                " flopscope-client that belongs to this server",
            )
        return _requests.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("malformed", f"not a request: {str(error)[:200]}") from None


def reply(content: dict[str, Any]) -> bytes:
    """Encode a reply."""
    return msgspec.msgpack.encode(content)


class Token:
    """The control token, of which only a hash is kept: workers are copies of this process."""

    def __init__(self, secret: bytes | None) -> None:
        self._hash = None if secret is None else hashlib.sha256(secret).digest()

    def check(self, given: bytes | None) -> None:
        """Refuse whatever is not the token.

        Raises
        ------
        Refusal
            ``token``.
        """
        if self._hash is None:
            raise Refusal("token", "this server has no control token: start it with --token-fd")
        if given is None:
            raise Refusal("token", "this request needs the control token")
        if not hmac.compare_digest(hashlib.sha256(given).digest(), self._hash):
            raise Refusal("token", "this is not the control token")


def changed(limits: Limits, wanted: dict[str, float | None]) -> Limits:
    """Give limits with some of them changed.

    Parameters
    ----------
    limits : Limits
        What holds where nothing else is said.
    wanted : dict
        Limits by name.

    Raises
    ------
    Refusal
        ``limits``: there is no such limit, or it is no positive number.
    """
    values: dict[str, Any] = {}
    for name, value in wanted.items():
        if name not in limits.as_dict():
            known = ", ".join(limits.as_dict())
            raise Refusal("limits", f"no limit is called {name[:40]!r}; there are {known}")
        if value is not None and not (math.isfinite(value) and value > 0):
            raise Refusal("limits", f"{name} must be a number greater than 0, not {value!r}")
        whole = name in _WHOLE and value is not None
        values[name] = int(value) if whole else value  # type: ignore[arg-type]
    return replace(limits, **values)
