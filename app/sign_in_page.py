"""The sign-in page: plain HTML from the server, so that it is there before anything else is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Protocol


class SignInPerson(Protocol):
    """Who may be chosen."""

    @property
    def user_id(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def display_name(self) -> str: ...


_STYLE = """
:root { color-scheme: light dark; --background: #fff; --panel: #f6f7f9; --line: #e3e6eb; --text: #14181f;
  --muted: #566072; --accent: #1f5fd6; }
@media (prefers-color-scheme: dark) { :root { --background: #0f1216; --panel: #171b21; --line: #2a303a;
  --text: #e8ebf0; --muted: #9aa5b5; --accent: #6ea1ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--background);
  color: var(--text); font: 15px/1.5 "Source Sans", system-ui, sans-serif; }
main { width: 100%; max-width: 420px; }
h1 { font-size: 24px; font-weight: 600; margin: 0 0 4px; }
p { color: var(--muted); margin: 0 0 20px; }
form { display: grid; gap: 8px; }
button { display: flex; justify-content: space-between; align-items: baseline; gap: 16px; width: 100%;
  padding: 12px 16px; font: inherit; color: var(--text); background: var(--panel); text-align: left;
  border: 1px solid var(--line); border-radius: 6px; cursor: pointer; }
button:hover { border-color: var(--accent); }
button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
button span { color: var(--muted); }
a { color: var(--accent); }
"""


def sign_in_page(users: Iterable[SignInPerson], target: str) -> str:
    """One button a person; `target` is where to go afterwards."""
    buttons = "\n".join(
        f'<button name="user_id" value="{escape(user.user_id)}"><strong>{escape(user.display_name)}</strong>'
        f"<span>{escape(user.role.replace('_', ' ') or 'no role')}</span></button>"
        for user in users
    )
    return _page(
        "Sign in",
        "<h1>Sign in</h1><p>This installation runs on your own machine. Choose who you are.</p>"
        f'<form method="post" action="/auth/sign-in"><input type="hidden" name="next" value="{escape(target)}">'
        f"{buttons}</form>",
    )


def refusal_page(reason: str) -> str:
    """Why a sign-in was not accepted, and the way back."""
    return _page(
        "Not signed in",
        f'<h1>Not signed in</h1><p>{escape(reason)}</p><a href="/auth/sign-in">Back to sign-in</a>',
    )


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · AIOps</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="/favicon.png"><style>{_STYLE}</style></head><body><main>{body}</main></body></html>'
    )
