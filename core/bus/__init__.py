"""The message bus: an append-only, signed log of everything agents say to each other, with in-process dispatch.

Promises, and what holds them (unit tests in tests/unit/bus; with * in tests/integration/bus, where test_state_machine
checks G1, G2, G3 and G7 in any order of events):
G1 what `flush()` returned for is durable and whole; a turn's reply is durable before `result()` returns it.
   test_log, test_bus, test_kill*
G2 every request ends: in a response, or a response of kind error, expired or cancelled (given up: also a dead letter).
   test_bus, test_limits, test_recovery*
G3 a request has one answer: its id follows from (request, agent), so a second delivery finds the first.
   test_requests, test_bus, test_kill*
G4 an orphan has one owner; who was away longer than its lease is fenced: it neither answers nor asks for more, and its
   requesters get the new owner's answer. test_fences*, test_conflicts*, test_wire_faults*
G5 more urgent first, but whoever waits overtakes later arrivals; FIFO within (correlation, recipient).
   test_dispatch
G6 bounded attempts with growing pauses, for errors that repeating can mend; then a dead letter with its causes, which
   can be replayed, once. test_dead_letters, test_bus
G7 shared memory is not returned after its time (24 h); the last writer of a (scope, key) wins and is recorded.
   test_memory
G8 every column is signed; readers ignore and report what does not verify; without the key nothing goes (fail closed).
   test_signing, test_keys
G9 it is the same on every warehouse: only the port is used, and the tests take theirs from tests/bus_warehouses.py.
G10 requests per correlation and its seconds are capped.
   test_limits

docs/mas_design.md tells the whole; the commit boundaries where it is broken on purpose are in faults.py.
Tables: tables.sql. Statements: statements.sql.
"""

from core.bus.bus import Bus
from core.bus.dead_letters import Cause, DeadLetter, DeadLetters
from core.bus.envelope import failure, failure_of, new_request, response_to
from core.bus.events import Event, new_event
from core.bus.keys import KeyRing
from core.bus.memory import Memory, SharedMemory
from core.bus.message import Content, Message
from core.bus.options import BusOptions, ProcessIdentity, ProcessKind
from core.bus.pending import Delivery, PendingReply
from core.bus.recovery import RecoveryReport
from core.bus.registry import AgentCard, AgentRegistry
from core.bus.workers import Handler

__all__ = [
    "AgentCard",
    "AgentRegistry",
    "Bus",
    "BusOptions",
    "Cause",
    "Content",
    "DeadLetter",
    "DeadLetters",
    "Delivery",
    "Event",
    "Handler",
    "KeyRing",
    "Memory",
    "Message",
    "PendingReply",
    "ProcessIdentity",
    "ProcessKind",
    "RecoveryReport",
    "SharedMemory",
    "failure",
    "failure_of",
    "new_event",
    "new_request",
    "response_to",
]
