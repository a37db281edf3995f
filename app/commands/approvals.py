"""`approvals`: the queue from a terminal. The result goes to standard output, progress to standard error."""

from __future__ import annotations

import argparse
import json
import sys

from agents.approving import ApprovalRequest
from agents.platform import Platform, open_platform
from app.commands.ask import EXIT_CODES
from app.commands.rendering import render
from core.errors import AccessDenied, ApprovalError, SettingsError

EXIT_REFUSED = 4


def run(arguments: argparse.Namespace) -> int:
    """List, show, approve, reject, withdraw or undo; approving waits for the run that it starts."""
    if arguments.what != "list" and not arguments.id:
        raise SettingsError(f"approvals {arguments.what} needs the id of a request.", next_step="See `approvals list`.")
    with open_platform(home=arguments.home, profile=arguments.profile, kind="ask", progress=_progress) as platform:
        try:
            return _ACTIONS[arguments.what](platform, arguments)
        except (AccessDenied, ApprovalError) as error:
            _progress(f"{error.message}\n{error.next_step}")
            return EXIT_REFUSED


def _list(platform: Platform, arguments: argparse.Namespace) -> int:
    requests = platform.governance.list(status=None if arguments.all else "pending")
    if arguments.json:
        _print("[" + ",\n ".join(request.model_dump_json() for request in requests) + "]")
    elif not requests:
        _print("No request waits for a decision.")
    else:
        _print("\n".join(_line(request) for request in requests))
    return 0


def _show(platform: Platform, arguments: argparse.Namespace) -> int:
    _print_request(platform.governance.get(arguments.id), arguments)
    return 0


def _approve(platform: Platform, arguments: argparse.Namespace) -> int:
    seen = platform.governance.get(arguments.id)
    decided = platform.governance.decide(
        arguments.id, "approve", arguments.reason or "", seen.digest, _user(platform, arguments)
    )
    if decided.status != "approved" or decided.runner is None:
        _print_request(decided, arguments)
        return 0
    if decided.kind == "role_change":
        applied = platform.administration.wait(arguments.id)
        _print_request(platform.governance.get(arguments.id), arguments)
        return 0 if applied is not None and applied.outcome == "done" else EXIT_REFUSED
    _progress(f"Approved; it begins in {decided.undo_seconds:.0f} s (Ctrl+C takes the approval back until then) …")
    try:
        response = platform.result(decided.correlation_id)
    except KeyboardInterrupt:
        _print_request(platform.governance.undo(arguments.id, _user(platform, arguments)), arguments)
        return 130
    assert response is not None, "a wait without a time limit ends with a response"
    _print(response.model_dump_json(by_alias=True) if arguments.json else render(response))
    return EXIT_CODES[response.status]


def _reject(platform: Platform, arguments: argparse.Namespace) -> int:
    seen = platform.governance.get(arguments.id)
    user = _user(platform, arguments)
    decided = platform.governance.decide(arguments.id, "reject", arguments.reason or "", seen.digest, user)
    _print_request(decided, arguments)
    return 0


def _withdraw(platform: Platform, arguments: argparse.Namespace) -> int:
    user = _user(platform, arguments)
    _print_request(platform.governance.withdraw(arguments.id, user, arguments.reason or ""), arguments)
    return 0


def _undo(platform: Platform, arguments: argparse.Namespace) -> int:
    _print_request(platform.governance.undo(arguments.id, _user(platform, arguments)), arguments)
    return 0


_ACTIONS = {
    "list": _list,
    "show": _show,
    "approve": _approve,
    "reject": _reject,
    "withdraw": _withdraw,
    "undo": _undo,
}


def _user(platform: Platform, arguments: argparse.Namespace) -> str:
    """Who decides: embedded, whoever is named (the folder's owner may act as any of them); in a workspace, the person
    whose token this is and nobody else.
    """
    return platform.acting_user(arguments.user)


def _line(request: ApprovalRequest) -> str:
    return (
        f"{request.request_id}  {request.status:<10} {request.risk:<11} {request.requester:<12} "
        f"until {request.expires_at:%Y-%m-%d %H:%M} UTC  {request.title}"
    )


def _print_request(request: ApprovalRequest, arguments: argparse.Namespace) -> None:
    if arguments.json:
        _print(request.model_dump_json())
        return
    lines = [
        f"{request.title}",
        f"status    {request.status}",
        f"asked by  {request.requester} ({request.requester_role}), {request.created_at:%Y-%m-%d %H:%M} UTC",
        f"risk      {request.risk} ({request.kind}); decided by {' or '.join(request.approver_roles)}, "
        f"{request.quorum} needed, until {request.expires_at:%Y-%m-%d %H:%M} UTC",
        f"target    {request.target or '-'}",
        f"digest    {request.digest}",
        *(f"effect    {sentence}" for sentence in request.effect.get("summary", ())),
        *(f"decision  {d.verdict} by {d.user_id} ({d.user_role}): {d.reason or '-'}" for d in request.counting),
        "",
        request.statement,
    ]
    if request.parameters:
        lines.append(f"\nparameters {json.dumps(request.parameters)}")
    _print("\n".join(lines))


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
