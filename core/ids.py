"""Time-ordered ids (UUIDv7, RFC 9562) and the derived id that makes a reply its own acknowledgement."""

from __future__ import annotations

import hashlib
import os
import threading
import uuid
from weakref import WeakKeyDictionary

from core.clock import Clock, SystemClock

_lock = threading.Lock()
_last_stamps: WeakKeyDictionary[Clock, int] = WeakKeyDictionary()
_CLOCK = SystemClock()
_LONGEST_STEP_BACK_MS = 86_400_000
"""A clock that is set back by more was wrong before; the ids then follow it."""


def new_id(clock: Clock = _CLOCK) -> str:
    """A UUIDv7 as text: 48 bits of UTC milliseconds, 12 bits that grow within one millisecond, 62 random bits.

    Ids that one process makes by one clock sort in the order in which they were made, even when the clock is set back.
    """
    clock = _CLOCK if isinstance(clock, SystemClock) else clock
    microseconds = int(clock.now().timestamp() * 1_000_000)
    stamp = ((microseconds // 1000) << 12) | ((microseconds % 1000) * 4096 // 1000)
    with _lock:
        last = _last_stamps.get(clock, 0)
        if stamp <= last and last - stamp < (_LONGEST_STEP_BACK_MS << 12):
            stamp = last + 1
        _last_stamps[clock] = stamp
    random_bits = int.from_bytes(os.urandom(8), "big") & ((1 << 62) - 1)
    value = ((stamp >> 12) << 80) | (0x7 << 76) | ((stamp & 0xFFF) << 64) | (0b10 << 62) | random_bits
    return str(uuid.UUID(int=value))


def derived_id(request_id: str, *parts: str) -> str:
    """The id of what `parts` (an agent's name) makes of `request_id`: its 48 time bits, then a hash of both.

    The same inputs always give the same id, so that a second delivery finds the first answer.
    """
    request = uuid.UUID(request_id).int
    digest = hashlib.sha256("\x1f".join((request_id, *parts)).encode()).digest()
    tail = int.from_bytes(digest[:10], "big") & ((1 << 76) - 1)
    value = (request >> 80 << 80) | (0x7 << 76) | tail
    value = (value & ~(0b11 << 62)) | (0b10 << 62)
    return str(uuid.UUID(int=value))
