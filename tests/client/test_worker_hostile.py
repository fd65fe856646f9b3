"""What a client must not be able to do to its worker, said in the protocol's own messages."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import socket
import struct
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from flopscope_server import protocol
from tests.serving import PATIENCE, Line, Server, serving, short_folder

P = protocol


class Raw:
    """A client that says whatever it likes."""

    def __init__(self, server: Server, **limits: float) -> None:
        self.server = server
        opened = server.open(**limits)
        assert opened["ok"], opened
        self.session, self.key = opened["session"], opened["key"]
        self.line = Line(opened)
        self.line.welcome()
        self.next = 1
        self.numbers = itertools.count(1)

    def send(self, content: Any, *arrays: bytes) -> None:
        self.line.say(msgspec.msgpack.encode(content), *arrays)

    def answer(self) -> P.Answer:
        return msgspec.msgpack.decode(self.line.hear()[0], type=P.Answer)

    def make(self, *operations: Any, frames: tuple[bytes, ...] = ()) -> P.Answer:
        """Send operations, and wait for the value of the last."""
        first, self.next = self.next, self.next + len(operations)
        wait = [next(self.numbers), P.VALUE, self.next - 1]
        self.send([first, list(operations), [], 0, wait], *frames)
        return self.answer()

    def refused(self, *operation: Any, frames: tuple[bytes, ...] = ()) -> P.Failure:
        """Make an operation that has to fail, and give its failure."""
        answer = self.make(list(operation), frames=frames)
        assert answer.result is not None and answer.result[0] == P.FAILED, answer
        failure = answer.failures[answer.result[1]]
        assert self.make(["add", 1.0, 2.0]).result[0] == P.ITEM  # and goes on
        return failure


@pytest.fixture
def raw(server: Server) -> Iterator[Raw]:
    client = Raw(server)
    yield client
    client.line.close()


def text_of(*values: float) -> list[Any]:
    return [P.PLAIN, list(values)]


NO_OPERATIONS = (
    *("eval", "__import__", "ndarray.__class__", "ndarray.__reduce__", "ndarray.tofile"),
    *("load", "save", "fromfile", "ndarray.dump", "ndarray.setflags", "ndarray.ctypes"),
    *("lib.stride_tricks.as_strided", "frompyfunc", "random.PCG64.capsule", "random.PCG64.lock"),
    *(
        "random.PCG64.ctypes",
        "random.PCG64.cffi",
        "poly1d.__dict__",
        "polynomial.Polynomial.__new__",
    ),
    *("random.Generator._bit_generator", "testing.measure", "testing.rundocs", "ndarray.data", ""),
    *("linalg._umath_linalg.inv", "os.system", "add.__call__", "x" * 100_000),
)


@pytest.mark.parametrize("name", NO_OPERATIONS, ids=lambda name: name[:30] or "empty")
def test_what_is_not_in_the_table_is_no_operation(name: str, raw: Raw) -> None:
    assert raw.refused(name, 1.0).classes[0] == "NotImplementedError"


OBJECTS = {
    "a keyword": ["zeros", [P.INTEGER, 3], {"dtype": "O"}],
    "a position": ["zeros", [P.INTEGER, 3], "O"],
    "another spelling": ["ndarray.astype", text_of(1, 2), "object"],
    "fields": ["zeros", [P.INTEGER, 3], [P.LIST, [P.TUPLE, "a", "O"]]],
    "fields by name": ["zeros", [P.INTEGER, 3], "O,i4"],
    "a subarray": ["zeros", [P.INTEGER, 3], [P.TUPLE, "O", [P.INTEGERS, 2]]],
    "a tag": ["zeros", [P.INTEGER, 3], [P.DTYPE, "|O"]],
    "a reduction": ["sum", text_of(1, 2), None, "O"],
    "a signature": ["add", 1.0, 2.0, {"signature": "OO->O"}],
    "a signature's parts": ["add", 1.0, 2.0, {"signature": [P.TUPLE, "O", "O", "O"]}],
    "void": ["zeros", [P.INTEGER, 3], "V8"],
    "a list of nothing": ["array", [P.LIST, None, 1.0]],
    "plain nothing": ["array", [P.PLAIN, [None, None]]],
    "plain lists of all": ["array", [P.PLAIN, [1, "a"]]],
    "a map": ["array", [P.LIST, {"a": 1}]],
    "a buffer": ["array", [P.BUFFER, 0, "|O", [1]]],
    "a scalar": ["array", [P.SCALAR, "|O", b"12345678"]],
    "bytes": ["sum", text_of(1, 2), None, b"O"],
    "a text of NumPy's": ["sum", text_of(1, 2), None, [P.SCALAR, "<U1", b"O\0\0\0"]],
    "a dtype that NumPy gives": ["min_scalar_type", None],
}


@pytest.mark.parametrize("name", OBJECTS)
def test_no_array_of_objects_comes_to_be(name: str, raw: Raw) -> None:
    failure = raw.refused(*OBJECTS[name])
    assert failure.classes[0] in ("TypeError", "ValueError"), failure


def test_no_list_of_series_makes_an_array_of_objects(raw: Raw) -> None:
    """Python would multiply what is beside them, for nothing."""
    raw.make(["polynomial.Polynomial", text_of(0.0)])
    left, right = [P.LIST, 1.5, 1.5, 1], [P.LIST, 2.5, 2.5, 2.5]
    for operation in (["dot", left, right], ["einsum", "i,i->", left, right], ["sum", left]):
        assert raw.refused(*operation).classes[0] == "TypeError"
    assert raw.refused("polynomial.Polynomial.__mod__", "%9999s", 1).classes[0] == "TypeError"


def test_long_integers_are_told_and_no_operands(raw: Raw) -> None:
    """Python's would be computed with for nothing."""
    state = raw.make(["random.PCG64", [P.INTEGER, 1]], ["random.PCG64.state", 1]).result
    assert state[4][4][3][4][0] == P.BIG, state
    for index in (1, 1, 0, 1):
        raw.make(["ndarray.__getitem__", raw.next - 1, [P.INTEGER, index]])
    long = raw.next - 1
    raw.send([raw.next, [], [], 0, [next(raw.numbers), P.VALUE, long]])
    assert raw.answer().result == state[4][4][3][4]
    for operation in (
        ["multiply", long, long],
        ["power", long, 2.0],
        ["dot", [P.LIST, long, long], [P.LIST, long, 1.0]],
        ["polynomial.Polynomial.__mul__", long, [P.LIST, 1.0]],
    ):
        assert raw.refused(*operation).classes[0] in ("TypeError", "_UFuncNoLoopError"), operation


@pytest.mark.parametrize("method", ["Generator.random", "RandomState.rand", "SeedSequence.spawn"])
def test_a_method_is_called_for_nothing_but_its_own_class(method: str, raw: Raw) -> None:
    """Cython's would take an array's memory for a generator's, with its function pointers."""
    raw.make(["random.default_rng", [P.INTEGER, 1]], ["random.SeedSequence", [P.INTEGER, 1]])
    for owner in (text_of(*[1.0] * 100), 1 if method.startswith("Seed") else 2, None):
        failure = raw.refused(f"random.{method}", owner, [P.INTEGER, 1])
        assert failure.classes[0] == "TypeError", failure
    assert raw.refused(f"random.{method}", {"self": 1}).classes[0] == "TypeError"


STATES = {
    "a position behind the end": ("MT19937", {"state": {"key": [1] * 624, "pos": 625}}),
    "a position before the start": ("MT19937", {"state": {"key": [1] * 624, "pos": -1}}),
    "a short key": ("MT19937", {"state": {"key": [1] * 623, "pos": 1}}),
    "a long number": (
        "PCG64",
        {"state": {"state": 2**128, "inc": 1}, "has_uint32": 0, "uinteger": 0},
    ),
    "another's": ("PCG64", {"bit_generator": "Philox"}),
    "no number": ("PCG64", {"state": {"state": 1.5, "inc": 1}, "has_uint32": 0, "uinteger": 0}),
    "a buffer's position": (
        "Philox",
        {
            "state": {"counter": [1] * 4, "key": [1] * 2},
            **{"buffer": [1] * 4, "buffer_pos": 10**6, "has_uint32": 0, "uinteger": 0},
        },
    ),
    "a long array": ("SFC64", {"state": {"state": [1] * 5}, "has_uint32": 0, "uinteger": 0}),
    "nothing": ("SFC64", {}),
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_of_bits_is_looked_at_before_it_is_set(name: str, raw: Raw) -> None:
    kind, state = STATES[name]
    raw.make([f"random.{kind}", [P.INTEGER, 1]])
    for text in (json.dumps({"bit_generator": kind} | state), "{", "[" * 100_000, None, 1.5):
        assert raw.refused(f"random.{kind}.set_state", 1, text).classes[0] == "ValueError"


def test_a_method_of_polynomials_is_called_for_nothing_else(raw: Raw) -> None:
    raw.make(["zeros", [P.INTEGER, 3]])
    for operation in ("poly1d.deriv", "poly1d.coeffs", "poly1d.__add__", "poly1d.__setitem__",
                      "polynomial.Polynomial.convert", "polynomial.Legendre.__call__",
                      "polynomial.Polynomial.coef", "polynomial.Polynomial.__divmod__",
                      "random.Generator.bit_generator", "random.PCG64.state"):  # fmt: skip
        failure = raw.refused(operation, 1, 1.0)
        assert failure.classes[0] == "TypeError", (operation, failure)


def test_what_fails_in_place_needs_an_array_to_be_kept(raw: Raw) -> None:
    for operands in ([], [text_of(1, 2)], [1.0], [99], [None], [[P.INTEGER, 1]], [{"a": 1}]):
        raw.refused("ndarray.__iadd__", *operands, 1.0)
        raw.refused("ndarray.__iadd__", *operands)
    for name in (["ndarray.__iadd__"], {"ndarray.__iadd__": 1}, 7):
        other = Raw(raw.server)
        other.send([1, [[name, 1.0]], [], 0, None])
        assert other.server.ended(other.session)["ended"] == "malformed"
        other.line.close()


def test_a_grid_looks_up_no_name_of_the_workers(raw: Raw) -> None:
    for trick in ("r_", "c_", "mgrid", "ogrid"):
        failure = raw.refused(trick, "key, trick")
        assert failure.classes[0] == "TypeError" and "a text alone" in failure.message


def test_an_array_is_resized_without_its_views(raw: Raw) -> None:
    """A view keeps the memory that it has, whatever becomes of the array."""
    raw.make(["full", [P.INTEGER, 4], 1.0], ["ndarray.__getitem__", 1, [P.SLICE, None, None, None]])
    raw.make(["ndarray.resize", 1, [P.INTEGER, 100_000]], ["ndarray.fill", 3, 9.0])
    raw.send([raw.next, [], [], 0, [1, P.VALUE, 2]])
    assert raw.answer().result[3] == struct.pack("<4d", 1, 1, 1, 1)
    assert raw.refused("ndarray.resize", 2, [P.INTEGER, 8]).classes[0] == "ValueError"


@pytest.mark.parametrize("position", [625, 10**9, -1, -(10**9)])
def test_a_state_does_not_read_beside_itself(position: int, raw: Raw) -> None:
    def state(at: int) -> list[Any]:
        return [P.TUPLE, "MT19937", [P.PLAIN, [1] * 624], [P.INTEGER, at]]

    raw.make(["random.RandomState", [P.INTEGER, 1]])
    for operation in ("random.RandomState.set_state", 1), ("random.set_state",):
        assert raw.refused(*operation, state(position)).classes[0] == "ValueError"
        named = raw.refused(*operation, {"state": state(position)})
        assert named.classes[0] == "ValueError"
        assert raw.make([*operation, state(624)]).result == [P.LITERAL, None]


def test_half_a_pair_of_surrogates_is_refused(raw: Raw) -> None:
    text = [P.BUFFER, 0, "<U1", [1]]
    half = (b"\x00\xd8\x00\x00",)
    assert raw.refused("ndarray.item", text, frames=half).classes[0] == "UnicodeEncodeError"
    assert raw.refused("ndarray.tolist", text, frames=half).classes[0] == "UnicodeEncodeError"


def test_errors_and_shapes_read_no_more_than_is_allowed(server: Server) -> None:
    """An error's text has values in it, and a shape can have."""
    raw = Raw(server, read_bytes=1000)
    told = ""
    for _ in range(5):
        text, number = "a secret" * 50, [P.DTYPE, "<f8"]
        answer = raw.make(["array", text], ["ndarray.astype", raw.next, number])
        told += answer.failures[-1].message
    assert 900 <= len(told) <= 1000
    raw.make(["zeros", [P.INTEGERS, 0, 3, 5]])
    raw.send([raw.next, [], [], 0, [next(raw.numbers), P.DESCRIPTION, raw.next - 1]])
    answer = raw.answer()
    assert answer.result[0] == P.FAILED
    assert answer.failures[answer.result[1]].classes[0] == "LimitError"
    assert server.account(raw.session)["bytes_out"] == 1000
    raw.line.close()


TOLD = {
    "the size of a dtype": (["strings.multiply", "x", [P.INTEGER, 12345]], P.DESCRIPTION),
    "the unit of a dtype": (["zeros", [P.INTEGERS], "m8[12345s]"], P.DESCRIPTION),
    "how many lists there are": (["ndarray.tolist", 1], P.VALUE),
    "what is more than one byte": (["ndarray.item", 2], P.VALUE),
}


@pytest.mark.parametrize("what", TOLD)
def test_whatever_can_say_something_is_read(what: str, server: Server) -> None:
    raw = Raw(server, read_bytes=7)
    buffer = [P.BUFFER, 0, "<U2", []]
    raw.send(
        [1, [["zeros", [P.INTEGERS, 500, 0]], ["array", buffer]], [], 0, None],
        b"\xff\xff\x10\0" * 2,
    )
    operation, how = TOLD[what]
    raw.send([3, [operation], [], 0, [1, how, 3]])
    answer = raw.answer()
    assert answer.result[0] == P.FAILED, answer
    assert answer.failures[answer.result[1]].classes[0] == "LimitError", answer
    raw.line.close()


def test_an_error_whose_text_may_not_be_read_tells_no_numbers(server: Server) -> None:
    raw = Raw(server, read_bytes=3)
    answer = raw.make(["sum", text_of(1, 2), [P.INTEGER, 123456]])
    assert (answer.failures[-1].message, answer.failures[-1].details) == ("axi", {})
    raw.line.close()


MALFORMED = {
    "a negative length": (["array", [P.BUFFER, 0, "<f8", [-1]]], (b"12345678",)),
    "a huge shape": (["array", [P.BUFFER, 0, "<f8", [2**40, 2**20]]], (b"12345678",)),
    "fewer bytes than said": (["array", [P.BUFFER, 0, "<f8", [4]]], (b"12345678",)),
    "beyond the body": (["array", [P.BUFFER, 3, "<f8", [1]]], (b"12345678",)),
    "before the body": (["array", [P.BUFFER, -1, "<f8", [1]]], (b"12345678",)),
    "an offset that is none": (["array", [P.BUFFER, 0.5, "<f8", [1]]], (b"12345678",)),
    "an offset of 64 bits": (["array", [P.BUFFER, 2**64 - 1, "<f8", [1]]], (b"12345678",)),
    "no body": (["array", [P.BUFFER, 0, "<f8", [1]]], ()),
    "a handle that is none": (["add", 10**15, 1.0], ()),
    "a negative handle": (["add", -5, 1.0], ()),
    "a tag that is none": (["add", [99, 1], 1.0], ()),
    "no tag": (["add", [], 1.0], ()),
    "a short tag": (["add", [P.COMPLEX, 1.0], 1.0], ()),
    "a huge array": (["zeros", [P.INTEGERS, 2**40, 2**20]], ()),
    "a negative size": (["zeros", [P.INTEGER, -1]], ()),
    "power of integers": (["ndarray.__pow__", [P.INTEGER, 10], [P.INTEGER, 10**9]], ()),
    "a list times a scalar": (
        ["ndarray.__mul__", text_of(1, 2), [P.SCALAR, "<i8", (10**12).to_bytes(8, "little")]],
        (),
    ),
    "a text's format": (["ndarray.__mod__", "%9999999999d", text_of(1)], ()),
    "a callable by name": (["errstate", {"call": "print"}], ()),
    "seterr with a call": (["seterr", {"all": "call"}], ()),
    "no budget": (["session.budget", math.nan, None, None], ()),
    "an endless budget": (["session.budget", math.inf, None, None], ()),
    "a budget's attribute": (["session.read", None, "__class__"], ()),
    "outputs where none are taken": (["session.submit", {"y": text_of(1)}], ()),
    "leaving what was not entered": (["session.leave", None], ()),
    "a matrix by names": (["bmat", "table"], ()),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_makes_no_sense_is_one_failure_and_the_session_goes_on(name: str, raw: Raw) -> None:
    operation, frames = MALFORMED[name]
    raw.refused(*operation, frames=frames)


def nested(depth: int) -> bytes:
    """Lists in lists, as an operation's argument, without a recursion here."""
    inside = b"\x91" * depth + b"\xc0"
    operation = b"\x92" + msgspec.msgpack.encode("array") + inside
    return b"\x92\x01" + b"\x91" + operation


ENDS = {
    "no message": b"nothing",
    "half a message": msgspec.msgpack.encode([1, [["add", 1.0, 2.0]]])[:-3],
    "nothing at all": b"",
    "a map": msgspec.msgpack.encode({"first": 1}),
    "nested 10,000 deep": nested(10_000),
    "a gap": msgspec.msgpack.encode([5, [["add", 1.0, 2.0]]]),
    "a negative number": msgspec.msgpack.encode([-1, []]),
    "an operation that is none": msgspec.msgpack.encode([1, [[1, 2, 3]]]),
    "a lying length": b"\x95\x01\xdd\xff\xff\xff\xff",
}


@pytest.mark.parametrize("name", ENDS)
def test_what_is_no_message_ends_the_session_with_a_word(name: str, raw: Raw) -> None:
    raw.line.say(ENDS[name])
    ended = raw.answer().ended
    assert ended is not None and ended[0] == "malformed", ended
    assert raw.server.ended(raw.session)["ended"] == "malformed"
    assert raw.server.request("hello")["ok"]


def test_who_has_another_key_is_sent_away_and_the_right_one_served(server: Server) -> None:
    opened = server.open()
    wrong = Line(opened, bytes(32))
    silent = [socket.socket(socket.AF_UNIX) for _ in range(30)]
    for each in silent:
        each.connect(opened["url"].removeprefix("ipc://"))
        each.sendall(b"\1")  # the beginning of a long silence
    with pytest.raises(ConnectionError):
        wrong.hear()
    right = Line(opened)
    right.welcome()
    right.say(msgspec.msgpack.encode([1, [["add", 1.0, 2.0]], [], 0, [1, P.VALUE, 1]]))
    assert msgspec.msgpack.decode(right.hear()[0])[4][0] == P.ITEM
    for each in silent:
        each.settimeout(PATIENCE)
        with contextlib.suppress(ConnectionError):
            assert each.recv(1) == b""
        each.close()
    for line in (wrong, right):
        line.close()


def test_a_client_of_another_protocol_is_told_so(server: Server) -> None:
    opened = server.open()
    greeting = msgspec.msgpack.encode({"key": opened["key"], "protocol": 99, "client": "9.0"})
    with socket.socket(socket.AF_UNIX) as other:
        other.settimeout(PATIENCE)
        other.connect(opened["url"].removeprefix("ipc://"))
        other.sendall(struct.pack("<QQ", len(greeting), 0) + greeting)
        told = b"".join(iter(lambda: other.recv(4096), b""))
    answer = msgspec.msgpack.decode(told[16:])
    assert (answer["ok"], answer["error"]) == (False, "version")
    assert "speaks protocol 99" in answer["message"]
    right = Line(opened)
    right.welcome()
    right.close()


@pytest.mark.parametrize(
    "greeting",
    [b"", b"\xc1", b"\x80", msgspec.msgpack.encode({"key": "text", "protocol": 1}), bytes(5000)],
)
def test_who_does_not_greet_is_sent_away(greeting: bytes, server: Server) -> None:
    opened = server.open()
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.settimeout(PATIENCE)
        stranger.connect(opened["url"].removeprefix("ipc://"))
        stranger.sendall(struct.pack("<QQ", len(greeting), 0) + greeting)
        with contextlib.suppress(ConnectionError):
            assert stranger.recv(1) == b""
    right = Line(opened)
    right.welcome()
    right.close()


def test_what_is_handed_back_is_no_longer_than_the_memory() -> None:
    """An array that repeats one element is short in memory, and fills a disk."""
    with short_folder() as folder, serving("--outputs", str(folder)) as server:
        raw = Raw(server, memory_bytes=1 << 28)
        raw.make(["zeros", [P.INTEGER, 1]], ["broadcast_to", 1, [P.INTEGERS, 7_000_000]])
        failure = raw.refused("session.submit", {f"y{i}": 2 for i in range(5)})
        assert failure.classes[0] == "OSError", failure
        assert list(folder.glob("*.npz*")) == []
        raw.make(["session.submit", {"z": 1}])
        with np.load(folder / f"{raw.session}.npz") as archive:
            assert archive.files == ["z"]
        raw.line.close()


def test_another_sessions_results_are_out_of_reach(server: Server) -> None:
    mine, theirs = Raw(server), Raw(server)
    mine.make(["full", [P.INTEGER, 3], 7.0])
    assert theirs.make(["add", 1.0, 2.0]).result[0] == P.ITEM
    assert theirs.refused("add", 2, 1.0) is not None
    mine.line.close()
    theirs.line.close()


def test_what_is_sent_twice_is_made_once(raw: Raw) -> None:
    content = [1, [["full", [P.INTEGERS, 2], 1.0], ["ndarray.__iadd__", 1, 1.0]], [], 0, None]
    for _ in range(3):
        raw.send(content)
    raw.send([3, [], [], 0, [1, P.VALUE, 1]])
    answer = raw.answer()
    assert answer.result[3] == struct.pack("<dd", 2.0, 2.0)
    account = raw.server.account(raw.session)
    assert account["operations"] == 2


KEEPING = {
    "the whole": ["asarray"],
    "a part": ["ndarray.__getitem__", [P.SLICE, None, None, None]],
    "another shape": ["reshape", [P.INTEGERS, 10, 100]],
}


@pytest.mark.parametrize("how", KEEPING)
def test_memory_that_an_array_has_kept_is_not_the_next_messages(how: str, raw: Raw) -> None:
    buffer = [P.BUFFER, 0, "<f8", [1000]]
    name, *more = KEEPING[how]
    first = raw.next
    raw.make([name, buffer, *more], frames=(struct.pack("<d", 1.0) * 1000,))
    for value in (2.0, 3.0, 4.0):
        raw.make(["sum", buffer], frames=(struct.pack("<d", value) * 1000,))
    total = raw.make(["sum", first])
    assert total.result == [P.ITEM, "<f8", struct.pack("<d", 1000.0)]


def test_limits_of_arrays_and_reading_are_kept(server: Server) -> None:
    raw = Raw(server, arrays=100, read_bytes=1000)
    for _ in range(100):
        raw.make(["zeros", [P.INTEGER, 1]])
    answer = raw.make(["zeros", [P.INTEGER, 1]])
    assert "may hold no more" in answer.failures[-1].message
    raw.send([raw.next, [], list(range(1, 100)), 0, None])
    answer = raw.make(["zeros", [P.INTEGER, 1000]])
    assert answer.result[0] == P.FAILED
    assert "were to be read" in answer.failures[-1].message
    assert raw.server.account(raw.session)["refused"] == {"arrays": 1, "read": 1}
    raw.line.close()


def test_100_000_results_are_held(raw: Raw) -> None:
    for _ in range(100):
        first, raw.next = raw.next, raw.next + 1000
        raw.send([first, [["add", 1.0, 2.0]] * 1000, [], 0, None])
    assert raw.make(["add", 1.0, 50_000]).result[0] == P.ITEM
    assert raw.server.account(raw.session)["arrays"] == 100_001


def test_a_client_that_never_reads_harms_only_itself(server: Server) -> None:
    raw = Raw(server)
    raw.make(["zeros", [P.INTEGER, 100_000]])
    raw.line.socket.settimeout(1)
    with contextlib.suppress(TimeoutError):  # the worker waits for it to read
        for number in range(100_000):
            raw.send([raw.next, [], [], 0, [1000 + number, P.VALUE, 1]])
    other = Raw(server)
    assert other.make(["add", 1.0, 2.0]).result[0] == P.ITEM
    other.line.close()
    raw.line.close()
    assert server.request("hello")["ok"]
    assert server.ended(raw.session)["ended"] in ("lost", "malformed")
