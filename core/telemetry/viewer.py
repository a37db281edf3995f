"""Who looks at figures and traces, and how much of them: default is nothing but one's own."""

from __future__ import annotations

from core.errors import AccessDenied
from core.types import Frozen


class Viewer(Frozen):
    """A person as the platform knows them; made from the policy by the code above, never from a page's parameter."""

    user_id: str
    role: str
    sees_all: bool = False
    """Whether the figures and traces of all people are shown; otherwise only the person's own."""
    sees_content: bool = False
    """Whether what other people typed and got is shown; each such look is audited by the code above."""

    @property
    def only(self) -> str | None:
        """The person that every statement is limited to; None for nobody in particular."""
        return None if self.sees_all else self.user_id

    def check_content(self, owner: str) -> None:
        """Raise AccessDenied when the text of `owner`'s question may not be shown to this person."""
        if owner != self.user_id and not self.sees_content:
            raise AccessDenied(
                "What other people asked and were told is for administrators.",
                next_step="Ask an administrator, or open a trace of your own.",
            )
