# Databricks notebook source
# MAGIC %md
# MAGIC # Tokens and cost
# MAGIC What was spent, by whom and on what. A call without a known price is counted as unpriced, never as free.
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
# MAGIC ## In all
# MAGIC Cost per answer divides what all questions cost by those that were answered.

# COMMAND ----------

display(report("totals"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## By role
# MAGIC Who asks, in which role.

# COMMAND ----------

display(report("cost_by_role"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## By model and agent
# MAGIC Where the tokens go.

# COMMAND ----------

display(report("cost_by_model"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## By day
# MAGIC The course of it.

# COMMAND ----------

display(report("cost_by_day"))
