# Databricks notebook source
# MAGIC %md
# MAGIC # Latency and errors per agent
# MAGIC Which agents are slow, which fail, and what changed.
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
# MAGIC ## Agents
# MAGIC Handlings of messages with exact percentiles; tokens and cost are those of the work inside.

# COMMAND ----------

display(report("agents"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Slower than before
# MAGIC The range beside the equally long time before it. Look at the calls, too: few of them say little.

# COMMAND ----------

before = since - (until - since)
display(report("agents_slower", before=before))

# COMMAND ----------

# MAGIC %md
# MAGIC ## By day
# MAGIC p95 and errors of each agent.

# COMMAND ----------

display(report("agents_by_day"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Errors
# MAGIC Failed handlings by agent and error.

# COMMAND ----------

display(report("errors"))
