"""A Databricks workspace on loopback, for the real client libraries: a SQL warehouse that speaks Thrift, and REST.

    with Workspace(folder) as workspace:
        workspace.url, workspace.token("ana"), workspace.faults, workspace.wire

Behind it is the embedded engine over real Delta tables in `folder`. It is not Databricks: values are right as far as
the embedded engine's are (core/warehouse/README.md), and what is imitated is how a workspace answers, failures
included. `python -m tests.workspace` starts one for a person.

| file | what it is |
|---|---|
| `workspace.py` | puts the parts together: start, stop, addresses, tokens |
| `http.py` | the HTTP server: who calls, Thrift or REST, dropped connections |
| `thrift_service.py` | one warehouse: the calls of the SQL connector about sessions, statements, results |
| `thrift_answers.py` | what it answers: states, errors, result pages |
| `session_statements.py`, `explaining.py` | SET and USE; EXPLAIN |
| `operation.py` | one statement as it runs: latency, time limit, cancel, outcome |
| `parameters.py`, `arrow_results.py`, `errors.py` | values in, values out, error messages |
| `principals.py` | people and service principals, their tokens and grants |
| `privileges.py` | what a statement needs of these grants, and what of information_schema they show |
| `faults.py` | switches for what may go wrong, by warehouse and by call |
| `wire.py` | every statement as it came, for counting |
| `app_proxy.py` | the front door of an app: one person's forwarded headers, in front of a server of the console |
| `rest.py` | REST endpoints, one function each |
"""

from tests.workspace.faults import FAULTS, Faults
from tests.workspace.principals import Grant, Person
from tests.workspace.workspace import Workspace

__all__ = ["FAULTS", "Faults", "Grant", "Person", "Workspace"]
