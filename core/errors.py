"""Every error of the platform, one tree:

PlatformError
├── SettingsError            a configuration file or variable is wrong
├── HomeError                the home folder cannot be used (permission, disk full)
├── AccessDenied             a rule forbids it; the role, the object or the owner is wrong
│   └── UnknownRole
├── AgentSwitchedOff         an administrator has switched the agent off
├── ApprovalError
│   ├── ApprovalClosed       decided, withdrawn or run already; who and when
│   ├── ApprovalOutdated     what was shown is not what the request holds
│   ├── ApprovalForged       a stored row is not what was signed
│   └── ApprovalUnusable     the licence to run is not there; why
├── QuestionEmpty            nothing was asked
├── QuestionRefused          too long, or no text
├── TooManyQuestions         more at once, or in a minute, than one person may ask; retryable
├── NotFound                 a conversation, request or document that is not there (or not yours)
├── LoadError                a file or folder cannot be loaded
├── WarehouseError           the warehouse's own message, typed
│   ├── StatementRefused     the engine does not support the construct named in the message
│   ├── StatementInvalid     does not parse, or a table / column does not exist
│   │   └── TableNotFound
│   ├── StatementFailed      ran and failed: division by zero, overflow, bad cast
│   ├── StatementTimeout
│   ├── StatementCancelled
│   ├── StatementOutcomeUnknown  the connection broke while it may have run; never sent twice
│   ├── SignInExpired        the person's token is missing or no longer taken
│   ├── WriteConflict        another writer won; retryable
│   ├── TableCorrupt         the Delta log or a data file is damaged
│   └── WarehouseUnavailable starting, unreachable, or the storage is full; retryable
├── BusError
│   ├── KeyUnavailable       the runtime key is missing: fail closed
│   ├── BusOverloaded        back-pressure; retryable
│   ├── RequestExpired
│   ├── HopLimitReached
│   ├── Fenced               another process took the request over while this one was away
│   ├── MessageForged        a stored message is not what was signed
│   └── MessageLost          a message that a dead letter names is not in the log
├── AuditError
│   ├── AuditUnavailable     what happens cannot be recorded, so it must not happen; retryable
│   └── AuditTooLarge        more rows than one export may hold
├── KnowledgeError
├── ModelError               a language model
│   ├── ModelUnavailable     unreachable, rate limited beyond the retries, or switched off by its breaker; retryable
│   ├── ModelContextExceeded what was to be sent is longer than it can read
│   └── ModelAnswerInvalid   what it answered does not fit what was asked, twice
├── EvaluationError          a set of questions, its data or the stored baseline cannot be used
├── ExportFailed            a collector of spans did not take them; why
├── FilterInvalid            a filter line of the traces that cannot be read; what there is
├── PriceRefused            a price of a model that cannot be one; why
├── BudgetExhausted          steps, tokens, money, seconds or statements of a plan are spent; which
├── SandboxUnavailable       no sandbox here can run this code safely; says what to install
├── ModelQueryError          a semantic query that its model cannot express
├── ParameterInvalid         a value that a parameter of a verified query cannot take
├── AlertInvalid             an alert rule or silence that cannot be kept; says why
├── ModelInvalid             a semantic model or verified query that cannot be kept; names the key
└── Cancelled                a person stopped it
"""

from __future__ import annotations

from typing import ClassVar


class PlatformError(Exception):
    """Base of all: a code for programs, a sentence for the person, the next step, and whether to try again."""

    code: ClassVar[str] = "platform_error"
    retryable: ClassVar[bool] = False
    default_next_step: ClassVar[str] = "Try again; if it happens again, send the correlation id to an administrator."

    def __init__(self, message: str, *, next_step: str | None = None, error_class: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step or self.default_next_step
        self.error_class = error_class
        """The warehouse's own error class (`DIVIDE_BY_ZERO`), where there is one."""


class SettingsError(PlatformError):
    code = "settings_invalid"
    default_next_step = "Correct the named file or variable and start again."


class HomeError(PlatformError):
    code = "home_unusable"
    default_next_step = "Choose a folder you may write to with --home DIR or AIOPS_HOME, or free some space."


class AccessDenied(PlatformError):
    code = "access_denied"
    default_next_step = "Ask an administrator for the right, or ask about something your role may read."


class UnknownRole(AccessDenied):
    code = "unknown_role"
    default_next_step = "Use one of the roles of config/rbac_roles.yaml."


class AgentSwitchedOff(PlatformError):
    code = "agent_switched_off"
    default_next_step = "Ask an administrator whether it can be switched on again."


class ApprovalError(PlatformError):
    code = "approval_error"


class ApprovalClosed(ApprovalError):
    code = "approval_closed"
    default_next_step = "Look at the request again; ask anew if it is still wanted."


class ApprovalOutdated(ApprovalError):
    code = "approval_outdated"
    default_next_step = "Reload the request, look at it again, then decide."


class ApprovalForged(ApprovalError):
    code = "approval_forged"
    default_next_step = "Tell an administrator: somebody has written to the tables by hand. `doctor --audit` says more."


class ApprovalUnusable(ApprovalError):
    code = "approval_unusable"
    default_next_step = "Ask for it again; nothing was run."


class QuestionEmpty(PlatformError):
    code = "question_empty"
    default_next_step = "Ask in words, for example: What are the top 10 customers by sales?"


class QuestionRefused(PlatformError):
    code = "question_refused"
    default_next_step = "Shorten it, or load the long text as a document and ask about it."


class TooManyQuestions(PlatformError):
    code = "too_many_questions"
    retryable = True
    default_next_step = "Wait for an answer, or stop one, then ask again."


class NotFound(PlatformError):
    code = "not_found"
    default_next_step = "Check the address; it may have been deleted or belong to someone else."


class LoadError(PlatformError):
    code = "load_failed"
    default_next_step = "Correct the file named in the message and load it again."


class WarehouseError(PlatformError):
    code = "warehouse_error"


class StatementRefused(WarehouseError):
    code = "statement_refused"
    default_next_step = "Write it with a supported construct; core/warehouse/README.md lists them."


class StatementInvalid(WarehouseError):
    code = "statement_invalid"
    default_next_step = "Check the names in the statement against the tables you may read."


class TableNotFound(StatementInvalid):
    code = "table_not_found"


class StatementFailed(WarehouseError):
    code = "statement_failed"
    default_next_step = "Correct the value or the expression that the message names."


class StatementTimeout(WarehouseError):
    code = "statement_timeout"
    default_next_step = "Narrow the question (a shorter period, fewer groups) or ask again later."


class StatementCancelled(WarehouseError):
    code = "statement_cancelled"
    default_next_step = "Ask again when you want the answer."


class StatementOutcomeUnknown(WarehouseError):
    code = "outcome_unknown"
    default_next_step = "Look whether it took effect before you run it again."


class SignInExpired(WarehouseError):
    code = "sign_in_expired"
    default_next_step = "Reload the page to sign in again, then ask again."


class WriteConflict(WarehouseError):
    code = "write_conflict"
    retryable = True


class TableCorrupt(WarehouseError):
    code = "table_corrupt"
    default_next_step = "Restore the table's folder from a copy, or load it again."


DISK_FULL = "DISK_FULL"
"""The error class of a WarehouseUnavailable whose storage is full."""


class WarehouseUnavailable(WarehouseError):
    code = "warehouse_unavailable"
    retryable = True
    default_next_step = "Wait a moment and try again."


class BusError(PlatformError):
    code = "bus_error"


class KeyUnavailable(BusError):
    code = "key_unavailable"
    default_next_step = "Restore HOME/keys from a copy; without the key, messages can be neither written nor trusted."


class BusOverloaded(BusError):
    code = "bus_overloaded"
    retryable = True
    default_next_step = "Wait for the requests in front of yours and ask again."


class RequestExpired(BusError):
    code = "request_expired"
    default_next_step = "Ask again."


class HopLimitReached(BusError):
    code = "hop_limit"


class Fenced(BusError):
    code = "fenced"
    default_next_step = "The answer comes from the process that took it over; reload."


class MessageForged(BusError):
    code = "message_forged"
    default_next_step = "Tell an administrator: somebody changed the message tables by hand."


class MessageLost(BusError):
    code = "message_lost"
    default_next_step = "Ask again; what was asked then is no longer kept."


class AuditError(PlatformError):
    code = "audit_error"


class AuditUnavailable(AuditError):
    code = "audit_unavailable"
    retryable = True
    default_next_step = "Wait until the warehouse takes writes again, then try again."


class AuditTooLarge(AuditError):
    code = "audit_too_large"
    default_next_step = "Narrow the period, the person or the action, and export again."


class KnowledgeError(PlatformError):
    code = "knowledge_error"


class ModelQueryError(PlatformError):
    code = "model_query_invalid"
    default_next_step = "Name measures and dimensions that the semantic model has."


class ParameterInvalid(PlatformError):
    code = "parameter_invalid"
    default_next_step = "Correct the value and run it again."


class ModelInvalid(PlatformError):
    code = "model_invalid"
    default_next_step = "Correct what is named and try again."


class AlertInvalid(PlatformError):
    code = "alert_invalid"
    default_next_step = "Change what the sentence names and save again."


class ModelError(PlatformError):
    code = "model_error"
    default_next_step = "Ask again without a language model, or check the endpoint's settings."


class ModelUnavailable(ModelError):
    code = "model_unavailable"
    retryable = True


class ModelContextExceeded(ModelError):
    code = "model_context_exceeded"
    default_next_step = "Name one schema, ask in fewer words, or give the model a longer context where it is served."


class ModelAnswerInvalid(ModelError):
    code = "model_answer_invalid"


class EvaluationError(PlatformError):
    code = "evaluation_error"
    default_next_step = "Name a set that is there (see python3 -m app eval --help), or the folder that holds its data."


class ExportFailed(PlatformError):
    code = "export_failed"
    default_next_step = "Look at the collector and send them again: the tables keep every span."


class FilterInvalid(PlatformError):
    code = "filter_invalid"
    default_next_step = "Correct the filter line, or empty it."


class PriceRefused(PlatformError):
    code = "price_refused"
    default_next_step = "Correct the figure or the time that is named."


class BudgetExhausted(PlatformError):
    code = "budget_exhausted"
    default_next_step = "Ask for less at once, or have an administrator raise the budget in config/mas_config.yaml."


class SandboxUnavailable(PlatformError):
    code = "sandbox_unavailable"
    default_next_step = "Install bubblewrap on the machine, or run it on Databricks."


class Cancelled(PlatformError):
    code = "cancelled"
    default_next_step = "Ask again when you want the answer."
