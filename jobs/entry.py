"""What a Databricks job starts: the command line of the repository that this file lies in.

Parameters of the form NAME=value come first and are environment variables, as with env(1).
"""

import os
import sys
from pathlib import Path


def main(parameters: list[str]) -> int:
    while parameters and "=" in parameters[0] and parameters[0].split("=")[0].isupper():
        name, value = parameters.pop(0).split("=", 1)
        os.environ[name] = value
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent.parent))
    from app.command_line import run

    return run(parameters)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    if status:  # a job's notebook-like shell counts any SystemExit as a failure
        raise SystemExit(status)
