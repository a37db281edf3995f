"""Who the workspace says is here, and what follows from it; nothing can be changed on this page."""

from __future__ import annotations

from app import session
from components.account import draw_account

person = session.user()
draw_account(person.display_name, person.user_id, person.role, in_app=session.settings().app_name is not None)
