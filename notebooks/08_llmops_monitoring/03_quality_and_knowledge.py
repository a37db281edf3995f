# Databricks notebook source
# MAGIC %md
# MAGIC # Quality and knowledge
# MAGIC How questions end, how they are rated, and what the documents do not answer.
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
# MAGIC ## Outcomes
# MAGIC By intent and by the way of answering.

# COMMAND ----------

display(report("outcomes"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Knowledge hit rate
# MAGIC Questions that were put to the documents.

# COMMAND ----------

display(report("knowledge_by_day"))

# COMMAND ----------

# MAGIC %md
# MAGIC ## Without an answer
# MAGIC Ids only: what was asked is in the query log, for whoever may read it.

# COMMAND ----------

display(report("knowledge_misses"))
