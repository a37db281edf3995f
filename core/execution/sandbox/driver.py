"""Runs inside the sandbox, in an interpreter of its own: drops its rights, runs the code, sends the result back.

A script, never imported by the platform. It has the standard library only, and loads pandas when the code needs it.
"""

from __future__ import annotations

import ast
import json
import os
import resource
import sys
import traceback
from typing import Any

NAME = "<code>"


def main() -> None:
    request = json.loads(sys.stdin.buffer.read())
    channel = os.fdopen(int(sys.argv[1]), "wb", buffering=0)
    sys.path.extend(request["paths"])
    libraries = set(request["libraries"])
    if libraries:
        import_libraries(libraries)
    if request["filter"]:
        forbid_system_calls(bytes.fromhex(request["filter"]), request["uid"])
    drop_rights(request["uid"])
    namespace = read_inputs(request["inputs"])
    limit(request["limits"])
    channel.write(b"ready\n")
    channel.write(run(request["code"], namespace, request["limits"]))
    sys.stdout.flush()
    os._exit(0)


def import_libraries(libraries: set[str]) -> None:
    """Before the memory limit counts, so that it is the code's own."""
    import pyarrow as pa

    pa.set_cpu_count(1)
    if libraries & {"pandas", "numpy"}:
        import pandas  # noqa: F401


def drop_rights(uid: int | None) -> None:
    if uid is None or os.getuid() == uid:
        return
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def forbid_system_calls(program: bytes, uid: int | None) -> None:
    """Where nobody else installs the filter: no new rights, then seccomp; rights are dropped first."""
    import ctypes
    import signal
    import struct

    drop_rights(uid)
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(program, len(program))
    described = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer)))
    wanted = ((1, signal.SIGKILL, 0), (38, 1, 0), (22, 2, ctypes.addressof(described)))
    for option, first, second in wanted:
        if libc.prctl(option, ctypes.c_ulong(first), ctypes.c_ulong(second), 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option}")


def limit(limits: dict[str, Any]) -> None:
    with open("/proc/self/statm") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    caps = {
        resource.RLIMIT_AS: mapped + limits["memory_bytes"],
        resource.RLIMIT_CPU: int(limits["seconds"]) + 2,
        resource.RLIMIT_FSIZE: limits["disk_bytes"],
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_NPROC: 48,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for what, most in caps.items():
        resource.setrlimit(what, (most, most))


def read_inputs(inputs: dict[str, Any]) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__, "display": print}
    for name, given in inputs.items():
        if "tables" in given:
            namespace[name] = Session(given["tables"])
        else:
            namespace[name] = read_table(given["table"]) if "table" in given else given["value"]
    return namespace


class Session:
    """`spark.table("…")` over files: `select` of names and `toPandas`, as of a session in UTC."""

    def __init__(self, paths: dict[str, str]) -> None:
        self._paths = paths

    def table(self, name: str) -> Rows:
        return Rows(self._paths[name])


class Rows:
    def __init__(self, path: str, names: tuple[str, ...] | None = None) -> None:
        self._path = path
        self._names = names

    def select(self, *names: str) -> Rows:
        return Rows(self._path, names)

    def toPandas(self) -> Any:
        """Whole numbers beside nulls stay whole; times have no zone."""
        import pyarrow as pa

        with pa.OSFile(self._path) as source:
            found = pa.ipc.open_file(source).read_all()
        if self._names is not None:
            found = found.select([unquoted(name) for name in self._names])
        for place, field in enumerate(found.schema):
            if pa.types.is_timestamp(field.type) and field.type.tz:
                found = found.set_column(place, field.name, found.column(place).cast(pa.timestamp(field.type.unit)))
        return found.to_pandas(integer_object_nulls=True)


def unquoted(name: str) -> str:
    quoted = len(name) > 1 and name[0] == name[-1] == "`"
    return name[1:-1].replace("``", "`") if quoted else name


def read_table(path: str) -> Any:
    import pyarrow as pa

    with pa.OSFile(path) as source:
        return pa.ipc.open_file(source).read_all().to_pandas()


def run(code: str, namespace: dict[str, Any], limits: dict[str, Any]) -> bytes:
    """The answer: one line of JSON, and after it the bytes of a table."""
    try:
        value = execute(code, namespace)
        return answer(value, limits)
    except SyntaxError as error:
        return failure("syntax", f"SyntaxError: {error.msg}", error.lineno)
    except MemoryError:
        namespace.clear()
        return failure("memory", "The memory limit was reached.", None)
    except SystemExit as error:
        return failure("ended", f"The code ended the interpreter ({error.code}).", None)
    except BaseException as error:  # noqa: BLE001 - whatever the code raises is its result
        return failure("exception", described(error), line_of(error))


def execute(code: str, namespace: dict[str, Any]) -> Any:
    tree = ast.parse(code, NAME)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)  # type: ignore[attr-defined]
    exec(compile(tree, NAME, "exec"), namespace)
    value = eval(compile(last, NAME, "eval"), namespace) if last is not None else None
    return namespace.get("result", value)


def answer(value: Any, limits: dict[str, Any]) -> bytes:
    frame = as_table(value)
    if frame is None:
        return line({"kind": "value", "value": plain(value, 0)}, limits)
    import pyarrow as pa

    truncated = frame.num_rows > limits["result_rows"]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, frame.schema) as writer:
        writer.write_table(frame.slice(0, limits["result_rows"]))
    body: bytes = sink.getvalue().to_pybytes()
    if len(body) > limits["result_bytes"]:
        return failure(
            "result_too_large", f"The result has {len(body)} bytes; {limits['result_bytes']} may leave.", None
        )
    return line({"kind": "table", "truncated": truncated, "bytes": len(body)}, limits) + body


def as_table(value: Any) -> Any:
    """An Arrow table for a data frame or series, else None; index levels with a name become columns."""
    module = type(value).__module__.split(".")[0]
    if module not in ("pandas", "pyarrow"):
        return None
    import pandas as pd
    import pyarrow as pa

    if isinstance(value, pa.Table):
        return value
    if isinstance(value, pd.Series):
        value = value.to_frame(value.name if value.name is not None else "value")
    if not isinstance(value, pd.DataFrame):
        return None
    if not isinstance(value.index, pd.RangeIndex):
        value = value.reset_index()
    value.columns = ["_".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in value.columns]
    return pa.Table.from_pandas(value, preserve_index=False).replace_schema_metadata(None)


def plain(value: Any, depth: int) -> Any:
    """The value in JSON's own kinds; what has none is its text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if depth > 40:
        return str(value)[:200]
    if isinstance(value, dict):
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth + 1) for item in value]
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return plain(value.tolist(), depth + 1)
    return str(value)


def line(header: dict[str, Any], limits: dict[str, Any]) -> bytes:
    encoded = json.dumps(header).encode() + b"\n"
    if len(encoded) > limits["result_bytes"]:
        return failure("result_too_large", f"The result is larger than {limits['result_bytes']} bytes.", None)
    return encoded


def failure(kind: str, message: str, number: int | None) -> bytes:
    return json.dumps({"kind": "error", "error": kind, "message": message[:2000], "line": number}).encode() + b"\n"


def described(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception_only(error)).strip()
    except BaseException:  # noqa: BLE001 - the code's own exception may not even have a text
        return type(error).__name__


def line_of(error: BaseException) -> int | None:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == NAME]
    return lines[-1] if lines else None


if __name__ == "__main__":
    main()
