"""What a log is appended to: a file that may be put aside or full, a pipe, a terminal."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Target"]

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EAGAIN)
_LOOK = 0.2  # seconds between looks for room


class Target:
    """Appends lines, each whole and once.

    Parameters
    ----------
    descriptor : int
        Of standard error, where there is no `path`.
    path : pathlib.Path, optional
        A file. Where it was put aside (by ``logrotate``, say) there is a new one.

    Raises
    ------
    OSError
        It cannot be opened.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from flopscope_server.target import Target
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "log"
    ...     target = Target(path=path)
    ...     target.append(b"one\\n")
    ...     _ = path.rename(path.with_name("log.1"))
    ...     target.append(b"two\\n")
    ...     path.read_bytes()
    b'two\\n'
    """

    def __init__(self, descriptor: int = 2, path: Path | None = None) -> None:
        self._path = None if path is None else path.absolute()
        self.descriptor = descriptor if path is None else self._opened()

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return os.open(str(self._path), flags, 0o666)

    def append(
        self, line: bytes, again: bool = False, is_late: Callable[[], bool] | None = None
    ) -> None:
        """Append a line; where there is no room, wait for some.

        What can never be written, as to a pipe that is closed, stops nobody.

        Parameters
        ----------
        line : bytes
            With its end.
        again : bool
            Whether some of it, or all, may be there already.
        is_late : callable, optional
            Tells whether it is too late to wait.
        """
        with contextlib.suppress(OSError):
            self._follow()
        rest = line[self._there(line) :] if again else line
        poll = select.poll()
        poll.register(self.descriptor, select.POLLOUT)
        while rest:
            late = is_late is not None and is_late()
            try:
                if poll.poll(0 if late else _LOOK * 1000):
                    # So much a pipe has room for: what waits inside a write cannot look at a clock.
                    rest = rest[os.write(self.descriptor, rest[: select.PIPE_BUF]) :]
                    continue
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    return
                if not late:
                    time.sleep(_LOOK)
            if late:
                return

    def _follow(self) -> None:
        """Open the file anew where another one has its name, or none."""
        if self._path is None or not stat.S_ISREG((ours := os.fstat(self.descriptor)).st_mode):
            return
        try:
            there = self._path.stat()
            if os.path.samestat(there, ours) or not stat.S_ISREG(there.st_mode):
                return
        except FileNotFoundError:
            pass
        old, self.descriptor = self.descriptor, self._opened()
        os.close(old)

    def _there(self, line: bytes) -> int:
        """Tell how many bytes of a line a file ends with."""
        try:
            about = os.fstat(self.descriptor)
            if not stat.S_ISREG(about.st_mode):
                return 0
            size = about.st_size
            with Path(f"/proc/self/fd/{self.descriptor}").open("rb") as file:
                file.seek(max(0, size - len(line)))
                tail = file.read(len(line))
        except OSError:
            return 0
        if tail == line:
            return len(line)
        begun = tail.rpartition(b"\n")[2]
        return len(begun) if line.startswith(begun) else 0
