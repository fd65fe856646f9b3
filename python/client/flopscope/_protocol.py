# A copy, made by scripts/make_client.py: change python/flopscope_server/protocol.py instead.
"""What both sides of the wire agree on; docs/protocol.md is the text.

The client has a copy of this file, ``_protocol.py``, which ``scripts/make_client.py`` makes.
"""

from __future__ import annotations

from typing import Any

import msgspec

PROTOCOL = 1
TABLES = "2.4"  # the NumPy that the client's tables are of

GREETING_BYTES = 1024  # that a greeting may have
# Operations in one message; the client sends sooner where it waits.
BATCH_OPERATIONS = 32
# Values of up to so many bytes travel in the head of a message, longer ones in its body.
INLINE_BYTES = 4096

# Arguments. An integer is a handle; None, a boolean, a float, a text and bytes are themselves; the
# rest is a list that begins with one of these.
INTEGER, INTEGERS, TUPLE, LIST, SLICE, COMPLEX, ELLIPSIS, DTYPE, PLAIN, BUFFER, SCALAR = range(11)
# INTEGER n | INTEGERS n... (a tuple of them) | TUPLE argument... | LIST argument... |
# SLICE start stop step | COMPLEX real imaginary | ELLIPSIS | DTYPE text |
# PLAIN nested lists of numbers or of texts | BUFFER offset dtype shape | SCALAR dtype bytes

# Descriptions of results: lists that begin with one of these letters.
ARRAY, ITEM, LITERAL, BIG, PAIR, TYPE, OBJECT = "a", "s", "v", "i", "c", "d", "o"
SEQUENCE, NAMED, FAILED = "l", "t", "f"
# a shape dtype [data] | s dtype data | v value | i digits | c real imaginary | d text [class] |
# o class | l description... (a list) | t class fields description... (a tuple; a class or None) |
# f number failure (that left no result)

# What a client waits for: that all is done, what a result is, its values too, or the end.
DONE, DESCRIPTION, VALUE, CLOSE = range(4)


class Greeting(msgspec.Struct):
    """The first message of a client: that the session is its own, and what it speaks.

    Attributes
    ----------
    key : bytes
        Of the session.
    protocol : int
        Its version of it.
    client : str
        Its own version.
    numpy : str
        The NumPy that its tables are of: of another one it is sent those.
    """

    key: bytes
    protocol: int
    client: str = ""
    numpy: str = ""


class Wait(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What the client wants an answer to: the number of the question, what, and of which handle."""

    number: int
    what: int
    handle: int = 0


class Batch(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """The head of a client's message.

    Attributes
    ----------
    first : int
        Number of the first operation. It is the handle of its result, the next one's is one more.
        Operations that have come before are not made again.
    operations : list of list
        Name, arguments, and a map of keyword arguments where there are any.
    freed : list of int
        Handles that the client has dropped, to be forgotten after the operations.
    failures : int
        How many failures the client knows of.
    wait : Wait, optional
        What it waits for.
    """

    first: int
    operations: list[list[Any]]
    freed: list[int] = []
    failures: int = 0
    wait: Wait | None = None


class Failure(msgspec.Struct, array_like=True):
    """An operation that failed.

    Attributes
    ----------
    operation : int
        Its number.
    classes : list of str
        Names of the exception's class and of its bases.
    message : str
        Its text.
    details : dict
        Attributes that flopscope's own errors have.
    """

    operation: int
    classes: list[str]
    message: str
    details: dict[str, Any] = {}


class Answer(msgspec.Struct, array_like=True):
    """The head of a worker's message.

    Attributes
    ----------
    number : int
        Of the question; 0 where the worker says unasked that the session ends.
    known : int
        How many failures there were before those in `failures`.
    failures : list of Failure
        Those that the client does not know of.
    warnings : list of [int, str, str]
        Number of the operation, class and text of what NumPy warned of.
    result : Any
        A description, or nothing.
    ended : [str, str], optional
        Why the session ends: a word and a sentence.
    """

    number: int
    known: int = 0
    failures: list[Failure] = []
    warnings: list[list[Any]] = []
    result: Any = None
    ended: list[str] | None = None
