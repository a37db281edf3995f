"""`python3 -m app VERB`: makes the environment if it is not there, then runs the command line inside it.

Standard library only, and readable by old Pythons, so that the first sentence a person sees is never a traceback.
"""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an old Python must be told, in words that it can read)
    sys.stderr.write(
        "This needs Python 3.11 or newer and was started with "
        + ".".join(map(str, sys.version_info[:2]))
        + ": install Python 3.11 (on Debian 12: apt install python3 python3-venv) and run it again with that python3.\n"
    )
    raise SystemExit(1)

from app import bootstrap


def main() -> int:
    if sys.stdout is None:  # closed by the caller
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (for the life of the process)
    try:
        bootstrap.enter_environment(sys.argv[1:])
        from app.command_line import run

        return run(sys.argv[1:])
    except ModuleNotFoundError as error:
        if bootstrap.is_ours(error.name or ""):
            raise
        sys.stderr.write(bootstrap.incomplete(error) + "\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"The operating system refused it: {error}.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
