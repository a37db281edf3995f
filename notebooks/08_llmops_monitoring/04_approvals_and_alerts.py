# Databricks notebook source
# MAGIC %md
# MAGIC # Approvals
# MAGIC How long people take to decide, and what was decided late.
# MAGIC
# MAGIC The statements are the platform's own (`core/telemetry/operations/reports.sql`), over the named views that
# MAGIC `init` makes beside the state schema. Times are UTC, durations seconds, cost is frozen when a call ends.

# COMMAND ----------

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

root = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "core" / "telemetry").is_dir())
if str(root) not in sys.path:
    sys.path.insert(0, str(root))

from core.telemetry.operations import reports

# COMMAND ----------

dbutils.widgets.text("views", "main.aiops_ops", "Schema of the views")
dbutils.widgets.text("days", "7", "Days up to now")

until = datetime.now(UTC)
since = until - timedelta(days=float(dbutils.widgets.get("days")))
statements = reports(dbutils.widgets.get("views"))


def report(name, **more):
    """A report of the range, as a DataFrame."""
    return spark.sql(statements[name], args={"since": since, "until": until, **more})


# COMMAND ----------

# MAGIC %md
# MAGIC ## By kind and risk
# MAGIC Breached: decided after it was due, or still open then.

# COMMAND ----------

display(report("approvals"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Open
# MAGIC What still waits. This one knows no range.

# COMMAND ----------

display(spark.sql(statements["approvals_open"]))
