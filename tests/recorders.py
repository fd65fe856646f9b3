"""The process that writes a server's log, found from outside."""

from __future__ import annotations

from pathlib import Path

from tests.serving import Server, until


def _status(pid: int) -> list[str]:
    """The fields of a process's status after its name; none where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def runs(pid: int) -> bool:
    return bool(fields := _status(pid)) and fields[0] not in "ZX"


def recorders(server: Server) -> list[int]:
    """Processes with the server's command line that are neither it nor children of its."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or (pid := int(entry.name)) == server.process.pid:
            continue
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if server.url.encode() in command and b"--url" in command:
            fields = _status(pid)
            if fields and fields[0] not in "ZX" and int(fields[1]) != server.process.pid:
                found.append(pid)
    return found


def recorder(server: Server) -> int:
    """The one that there is; one that has just been killed may still be on its way out."""
    found: list[int] = []

    def is_one() -> bool:
        found[:] = recorders(server)
        return len(found) == 1

    until(is_one, "a recorder")
    return found[0]
