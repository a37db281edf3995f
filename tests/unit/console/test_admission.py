"""What stands in place of every page for somebody who is not let in, and who the account page says is here."""

from streamlit.testing.v1 import AppTest

NOT_ADMITTED = """
from components.frame import draw_not_admitted
from core.types import ErrorInfo

draw_not_admitted(ErrorInfo(code={code!r}, message="*Why* <b>", next_step="What to do.", retryable=False), {here!r})
"""
ACCOUNT = """
from components.account import draw_account

draw_account("Ana *the* [best](http://evil.example)", "ana@example.com", "data_analyst", in_app={in_app})
"""


def words(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.value) for element in (*app.title, *app.markdown))


def draw(script: str, **values: object) -> AppTest:
    return AppTest.from_string(script.format(**values), default_timeout=15).run()


def test_ended_sign_in_is_named_and_the_link_loads_the_same_page_again() -> None:
    app = draw(NOT_ADMITTED, code="sign_in_expired", here='?conversation=a"b')
    assert "Your sign-in has ended" in words(app)
    assert "\\*Why\\* \\<b\\>" in words(app)
    assert "**Next step** What to do\\." in words(app)
    (link, _) = (element.proto.body for element in app.get("html"))
    assert link == '<a href="?conversation=a&quot;b" target="_self">Reload the page</a>'


def test_whoever_has_no_role_is_not_told_that_a_sign_in_ended() -> None:
    assert "You have no access yet" in words(draw(NOT_ADMITTED, code="access_denied", here="?"))


def test_account_shows_names_as_they_are_and_how_to_be_somebody_else() -> None:
    app = draw(ACCOUNT, in_app=True)
    assert "**Ana \\*the\\* \\[best\\]\\(`http://evil.example`\\)**" in words(app)
    assert "**`ana@example.com`**" in words(app)
    assert "**data analyst**" in words(app)
    assert "sign out of the workspace" in words(app)
    assert "credentials that it was started with" in words(draw(ACCOUNT, in_app=False))
