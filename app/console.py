"""The script that every tab runs: who is there, the navigation at the top, then the chosen page."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import streamlit as st

from app import session
from components.frame import (
    draw_frame,
    draw_no_access,
    draw_not_admitted,
    draw_signed_out,
    draw_starting,
    draw_unavailable,
)
from core.errors import AccessDenied, PlatformError, SignInExpired
from core.ids import new_id

log = logging.getLogger(__name__)
PAGES = Path(__file__).resolve().parent.parent / "pages"
# Pages with a list and a request beside it. (A comment: Streamlit would draw a string that stands here.)
WIDE = ("approvals", "alerts", "dashboards", "traces")
MARK = Path(__file__).resolve().parent / "assets" / "mark.svg"
# Page of the policy (and file) -> title and icon. A comment: Streamlit draws a string that stands alone in its script.
CONSOLE_PAGES = {
    "home": ("Home", "home"),
    "chat": ("Chat", "forum"),
    "approvals": ("Approvals", "rule"),
    "dashboards": ("Dashboards", "monitoring"),
    "traces": ("Traces", "account_tree"),
    "audit": ("Audit", "receipt_long"),
    "admin": ("Admin", "admin_panel_settings"),
}
# Pages that others lead to: file -> title, icon, and the page of the policy that says who may open it.
LINKED_PAGES = {"alerts": ("Alerts", "notifications", "dashboards")}


def sign_out() -> None:
    """The last entry of the account menu."""
    session.sign_out()
    draw_signed_out("You are signed out.")


def account_pages() -> list[st.Page]:
    """Signing out is for the embedded mode; a workspace's sign-in belongs to the workspace."""
    if session.settings().profile == "databricks":
        return [st.Page(PAGES / "account.py", title="Your sign-in", icon=":material/badge:", url_path="account")]
    return [st.Page(sign_out, title="Sign out", icon=":material/logout:", url_path="sign-out")]


def page_of(name: str, title: str, icon: str, person: session.User) -> st.Page:
    """A page that is in the navigation for who may open it only; its address works for everybody, to say so."""
    is_home = name == "home"
    return st.Page(
        PAGES / f"{name}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path=None if is_home else name,
        default=is_home,
        visibility="visible" if session.may_open(name, person) else "hidden",
    )


def linked_page(name: str, title: str, icon: str) -> st.Page:
    """A page that is not in the navigation; its address works."""
    return st.Page(PAGES / f"{name}.py", title=title, icon=f":material/{icon}:", url_path=name, visibility="hidden")


def navigation(person: session.User) -> st.Page:
    """The pages of the role; the account's menu names the person, the role and the mode."""
    account = f"{person.display_name} · {person.role.replace('_', ' ')} · {session.settings().profile}"
    return st.navigation(
        {
            "": [
                *(page_of(name, title, icon, person) for name, (title, icon) in CONSOLE_PAGES.items()),
                *(linked_page(name, title, icon) for name, (title, icon, _) in LINKED_PAGES.items()),
            ],
            account: account_pages(),
        },
        position="top",
    )


def layout_of(page: str) -> Literal["centered", "wide"]:
    """How wide a page is, by its address; told with the first element, because what is drawn would move otherwise."""
    return "wide" if page in WIDE else "centered"


def main() -> None:
    """Draw one run of one tab."""
    expected = layout_of(urlsplit(st.context.url or "").path.strip("/"))
    st.set_page_config(page_title="AIOps", page_icon=str(MARK), layout=expected)
    draw_frame()
    try:
        if session.waits_for_rights():
            session.platform().wake()
            draw_starting(session.is_still_starting)
            return
        person = session.current_user()
    except (AccessDenied, SignInExpired) as error:
        draw_not_admitted(session.as_error(error), session.here(), other=session.settings().profile == "embedded")
        return
    except PlatformError as error:
        draw_unavailable(session.as_error(error))
        return
    if person is None:
        draw_signed_out("Sign in to continue.")
        return
    page = navigation(person)
    if layout_of(page.url_path) != expected:  # on the way from another page the address is still that one's
        st.set_page_config(layout=layout_of(page.url_path))
    if session.waits_for_warehouse(person):
        session.platform().wake()
        draw_starting(session.is_still_starting)
        return
    try:
        name = page.url_path or "home"
        guarded = LINKED_PAGES[name][2] if name in LINKED_PAGES else name
        if (sentence := session.refusal(guarded, person)) is not None:
            draw_no_access(page.title, sentence)
            return
        page.run()
    except PlatformError as error:
        log.exception("The page %s could not be drawn.", page.title)
        draw_unavailable(session.as_error(error))
    except Exception:
        error_id = new_id()
        log.exception("The page %s could not be drawn; error id %s.", page.title, error_id)
        draw_unavailable(session.as_error(PlatformError("Something unexpected went wrong.")), error_id)


main()
