"""The system calls that a submission cannot make, as the filter that the kernel takes.

A classic BPF program (seccomp(2)): look at the architecture, at the number of the call, for two of
them at an argument, and allow the rest. Namespaces keep a submission from what it could name; this
keeps it from parts of the kernel that no Python program needs, where most ways out have been found.
"""

from __future__ import annotations

import platform
import struct
from typing import Final

__all__ = ["UnsupportedMachineError", "program"]

# Names, and their numbers on x86-64 and aarch64 (None: it has no such call), from
# arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux 6.6.
_DENIED: Final[dict[str, tuple[int | None, int | None]]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "get_mempolicy": (239, 236),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "mbind": (237, 235),
    "memfd_create": (319, 279),  # memory that no limit of the process holds
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_open": (240, 180),
    "msgget": (68, 186),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "semget": (64, 190),
    "set_mempolicy": (238, 237),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "vhangup": (153, 58),
    "vmsplice": (278, 75),
}
_CLONE: Final = (56, 220)
_CLONE3: Final = (435, 435)
_SOCKET: Final = (41, 198)
_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_NEW_NAMESPACES: Final = 0x7E020000 | 0x80  # CLONE_NEW*
_AF_UNIX: Final = 1
_X32: Final = 0x40000000  # the other set of calls that an x86-64 kernel may have

_EPERM, _ENOSYS, _EAFNOSUPPORT = 1, 38, 97
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_ERROR: Final = 0x00050000

# struct seccomp_data: the number, the architecture, and the first argument's lower half.
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16
_LOAD, _EQUAL, _AT_LEAST, _ANY_OF, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06


class UnsupportedMachineError(Exception):
    """There is no filter for this kind of processor."""


def program(machine: str | None = None) -> bytes:
    """Assemble the filter.

    Parameters
    ----------
    machine : str, optional
        ``x86_64`` or ``aarch64``; by default that of this machine.

    Returns
    -------
    bytes
        An array of ``struct sock_filter``, as ``bwrap --seccomp`` reads it.

    Raises
    ------
    UnsupportedMachineError
        For any other machine.

    Examples
    --------
    >>> from flopscope_server.seccomp import program
    >>> len(program("x86_64")) % 8
    0
    """
    machine = machine or platform.machine()
    if machine not in _ARCHITECTURES:
        raise UnsupportedMachineError(
            f"there is no filter of system calls for {machine}; evaluate on"
            f" {' or '.join(_ARCHITECTURES)}"
        )
    column = list(_ARCHITECTURES).index(machine)
    code = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, _ARCHITECTURES[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine == "x86_64":
        code += [_step(_AT_LEAST, _X32, 0, 1), _step(_RETURN, _KILL)]
    for numbers in _DENIED.values():
        if (number := numbers[column]) is not None:
            code += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ERROR | _EPERM)]
    # Its flags lie behind a pointer, which a filter cannot follow; the C library then uses clone.
    code += [_step(_EQUAL, _CLONE3[column], 0, 1), _step(_RETURN, _ERROR | _ENOSYS)]
    code += [
        _step(_EQUAL, _CLONE[column], 0, 4),
        _step(_LOAD, _FIRST),
        _step(_ANY_OF, _NEW_NAMESPACES, 0, 1),
        _step(_RETURN, _ERROR | _EPERM),
        _step(_RETURN, _ALLOW),
        _step(_EQUAL, _SOCKET[column], 0, 3),
        _step(_LOAD, _FIRST),
        _step(_EQUAL, _AF_UNIX, 1, 0),
        _step(_RETURN, _ERROR | _EAFNOSUPPORT),
        _step(_RETURN, _ALLOW),
    ]
    return b"".join(code)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
