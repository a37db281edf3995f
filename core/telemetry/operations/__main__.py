"""Prints the views as a script: `python3 -m core.telemetry.operations [CATALOG.SCHEMA]`, as infra/sql holds it."""

from __future__ import annotations

import sys

from core.telemetry.operations.views import script

sys.stdout.write(script(*sys.argv[1:2]))
