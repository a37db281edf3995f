"""The filter of system calls (seccomp) for a confined interpreter: no processes, no sockets, no kernel doors.

Threads stay possible. The numbers are those of the kernel's tables for x86-64 and arm64.
"""

from __future__ import annotations

import platform
import struct

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _MISSING, _KILL = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
_CLONE_THREAD = 0x00010000
_NEW_TO_BOTH = (*range(425, 435), 438, 442, 447)
"""io_uring, mounts by handle, pidfd, memfd_secret: numbered alike everywhere."""
_CLONE3 = 435

_TABLES: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        56,
        (57, 58, 41, 53, 101, 310, 311, 319, 323, 321, 298, 248, 249, 250, 165, 166, 155, 161, 272, 308, 303, 304,
         175, 313, 176, 246, 320, 169, 167, 168, 163, 179, 103, 135, 173, 172, 154, 29, 64, 68, 240, 312, 164, 227,
         159, 305, 170, 171),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (198, 199, 117, 270, 271, 279, 282, 280, 241, 217, 218, 219, 40, 39, 41, 51, 97, 268, 264, 265, 105, 273,
         106, 104, 294, 142, 224, 225, 89, 60, 116, 92, 194, 190, 186, 180, 272, 170, 112, 171, 266, 161, 162),
    ),
}  # fmt: skip
"""Machine -> (audit number, clone, refused: fork, socket, ptrace, memory of others, memfd, bpf, keys, mounts,
namespaces, modules, reboot, clocks, System V memory and queues)."""


def supported() -> bool:
    """Whether there is a filter for this machine's processor."""
    return platform.machine() in _TABLES


def filter_program() -> bytes:
    """The BPF program for this machine; raises KeyError when there is none."""
    audit, clone, refused = _TABLES[platform.machine()]
    calls = (*refused, *_NEW_TO_BOTH)
    tail = len(calls)
    program = [
        _step(_LOAD, 4),
        _step(_EQUAL, audit, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, 0),
        _step(_AT_LEAST, 0x40000000, tail + 6, 0),
        _step(_EQUAL, _CLONE3, tail + 6, 0),
        _step(_EQUAL, clone, 0, 2),
        _step(_LOAD, 16),
        _step(_ANY_BIT, _CLONE_THREAD, tail + 1, tail + 2),
        *(_step(_EQUAL, call, tail - place + 1, 0) for place, call in enumerate(calls)),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _REFUSE),
        _step(_RETURN, _MISSING),
    ]
    return b"".join(program)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)
