"""Heads where there is no shared folder: lines of a stream (what the app prints is kept by the workspace), files of a
Unity Catalog volume, both behind a thread that sends at most one head of a chain in some seconds.

What a process wrote after its last head was sent, and before it was killed, could be cut without being noticed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TextIO

from core.errors import HomeError, NotFound, PlatformError
from core.governance.audit.heads import Head, Heads, HeadsKept

_log = logging.getLogger(__name__)
_READERS = 8
_EVERY_S = 5.0


class Files(Protocol):
    """A folder of files elsewhere (core.workspace.VolumeFiles)."""

    def write(self, name: str, data: bytes) -> None:
        """Keep a file, in place of one of the same name."""
        ...

    def read(self, name: str) -> bytes:
        """What a file holds; raises NotFound."""
        ...

    def names(self) -> tuple[str, ...]:
        """The names of the files; none when the folder is not there."""
        ...


class StreamHeads:
    """One line a head on a stream; nothing of it can be read back."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def publish(self, head: Head) -> None:
        try:
            self._stream.write(f'{{"audit_head":{head.line()}}}\n')
            self._stream.flush()
        except (OSError, ValueError) as error:
            raise HomeError(f"A head of the audit log cannot be printed: {error}") from error

    def read(self) -> HeadsKept:
        return HeadsKept((), "")

    def close(self) -> None:
        """The stream is its owner's."""


class VolumeHeads:
    """One small file a chain in a folder of a volume; `place` names it for people."""

    def __init__(self, files: Files, place: str) -> None:
        self._files = files
        self._place = place

    def publish(self, head: Head) -> None:
        self._files.write(f"{head.chain_id}.json", f"{head.line()}\n".encode())

    def read(self) -> HeadsKept:
        names = [name for name in self._files.names() if name.endswith(".json")]
        with ThreadPoolExecutor(_READERS) as readers:
            contents = list(readers.map(self._content, names))
        texts = [content.decode("utf-8", "replace").strip() for content in contents if content is not None]
        return HeadsKept(tuple(texts), self._place)

    def _content(self, name: str) -> bytes | None:
        try:
            return self._files.read(name)
        except NotFound:  # removed since it was listed
            return None

    def close(self) -> None:
        """Nothing waits."""


class AllHeads:
    """Several places at once; one that fails does not keep the others from theirs."""

    def __init__(self, places: Iterable[Heads]) -> None:
        self._places = tuple(places)

    def publish(self, head: Head) -> None:
        problem: PlatformError | None = None
        for place in self._places:
            try:
                place.publish(head)
            except PlatformError as error:
                problem = problem or error
        if problem is not None:
            raise problem

    def read(self) -> HeadsKept:
        kept = [place.read() for place in self._places]
        lines = tuple(line for part in kept for line in part.lines)
        return HeadsKept(lines, ", ".join(part.place for part in kept if part.place))

    def close(self) -> None:
        for place in self._places:
            place.close()


class LaterHeads:
    """Publishes from a thread of its own, so that nobody waits: the newest head of a chain, at most each `every_s`.

    The first head of a quiet time goes at once. A head that could not be published is tried again with the next one.
    """

    def __init__(self, inner: Heads, *, every_s: float = _EVERY_S) -> None:
        self._inner = inner
        self._every_s = every_s
        self._waiting: dict[str, Head] = {}
        self._changed = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None
        self.problem: PlatformError | None = None
        """Why the last head could not be published, while that is so."""

    def publish(self, head: Head) -> None:
        with self._changed:
            self._waiting[head.chain_id] = head
            if self._thread is None and not self._closing:
                self._thread = threading.Thread(target=self._run, name="audit-heads", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def read(self) -> HeadsKept:
        return self._inner.read()

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(30.0)
        self._publish_waiting()
        self._inner.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or self._waiting)
                if self._closing:
                    return
            self._publish_waiting()
            with self._changed:
                self._changed.wait_for(lambda: self._closing, timeout=self._every_s)

    def _publish_waiting(self) -> None:
        with self._changed:
            heads, self._waiting = self._waiting, {}
        for head in heads.values():
            try:
                self._inner.publish(head)
                self.problem = None
            except PlatformError as error:
                self.problem = error
                _log.warning("the head of an audit chain could not be published: %s", error.message)
                with self._changed:
                    self._waiting.setdefault(head.chain_id, head)
