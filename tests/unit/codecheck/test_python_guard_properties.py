"""Rules that hold for any text: no exception, and what is planted is found wherever it is hidden."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.codecheck import PythonGuard
from core.governance import Policy

POLICY = Policy.from_mapping(
    {
        "roles": {
            "engineer": {"actions": ["*"], "read": ["main.demo"], "write_with_approval": ["main.sandbox"]},
        },
        "default_schema": "demo",
    }
)
GUARD = PythonGuard(POLICY)
SCRAPS = r"""import from as pd np spark . sql table ( ) [ ] { } : , = := == @ * ** 'x' "orders" f'{x}' lambda def
class return yield for in if else while with try except match case _ eval open getattr __class__ format read_csv
to_csv df filter agg forName global async await \ # % ! ; 1 None"""
WORDS = [*SCRAPS.split(), "\n", "\n    "]

HIDING = st.sampled_from(
    [
        "{}",
        "x = {}",
        "print({})",
        "print(*[{}])",
        "dict(**{{'a': {}}})",
        "f'{{{}}}'",
        "f'{{1:{{{}}}}}'",
        "[{} for _ in [1]]",
        "[x for x in {}]",
        "[x for x in [1] if {}]",
        "{{k: {} for k in 'ab'}}",
        "sum(({} for _ in [1]))",
        "lambda: {}",
        "(lambda x=({}): x)()",
        "def f(x=({})):\n    return x",
        "def f():\n    yield {}",
        "@({})\ndef f():\n    pass",
        "class C:\n    x = {}",
        "class C:\n    def f(self):\n        self.x = {}",
        "with {} as x:\n    pass",
        "try:\n    pass\nexcept ValueError:\n    {}",
        "try:\n    pass\nfinally:\n    {}",
        "while {}:\n    break",
        "for x in {}:\n    pass",
        "for x in []:\n    pass\nelse:\n    {}",
        "assert True, {}",
        "raise ValueError({})",
        "x = [1]\nx[{}] = 1",
        "x = [1][{}:]",
        "if (y := ({})):\n    pass",
        "match ({}):\n    case _:\n        pass",
        "match 1:\n    case 1 if {}:\n        pass",
        "x: int = {}",
        "x = 0\nx += {}",
        "1 if {} else 2",
        "not ({})",
        "(({}),)[0]",
        "df.assign(a=lambda d: {})",
        "df['x'].map(lambda v: {})",
        "sorted([1], key=lambda v: {})",
        "return_value = 1 < ({}) < 3",
        "def f():\n    global g\n    g = {}",
        "del [1][{}]",
    ]
)
FORBIDDEN = st.sampled_from(
    [
        "eval('1')",
        "open('/etc/passwd')",
        "__import__('os')",
        "getattr(df, 'to_' + 'csv')",
        "().__class__",
        "df.to_pickle('/tmp/x')",
        "df.to_csv('/tmp/x')",
        "df.agg('to_pickle')",
        "pd.read_csv('/etc/passwd')",
        "np.load('/tmp/x')",
        "spark._jvm",
        "spark.table('main.hr.pay')",
        "spark.sql('select * from hr.pay')",
        "spark.read.csv('/etc/passwd')",
        "df.write.saveAsTable('main.hr.pay')",
        "df.filter('id in (select id from hr.pay)')",
        "'{0.__class__}'.format(df)",
        "globals()",
        "dbutils",
        "type('X', (), {})",
        "F.expr('reflect(1, 2)')",
    ]
)
CLEAN = st.sampled_from(["abs(-1)", "df.head(5)", "len([1, 2])", "spark.table('main.demo.orders')", "'{}'.format(1)"])
LETTERS = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ")
NAMES = st.sampled_from(["eval", "exec", "open", "compile", "globals", "vars", "input", "breakpoint", "setattr"])
ALIASING = st.sampled_from(
    [
        "g = {}\ng('1')",
        "g = [{}]\ng[0]('1')",
        "g = {{'a': {}}}\ng['a']('1')",
        "def f(g):\n    return g('1')\nf({})",
        "list(map({}, ['1']))",
        "(lambda g: g('1'))({})",
        "for g in ({},):\n    g('1')",
        "class C:\n    g = {}\nC.g('1')",
        "x = 1 if 0 else {}",
        "sorted(['1'], key={})",
        "df['x'].apply({})",
        "from functools import partial\npartial({}, '1')()",
        "match {}:\n    case g:\n        g('1')",
        "(g := {})('1')",
        "if 0:\n    {} = print\n{}('1')",
        "f'{{{}}}'",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join)))
def test_no_text_makes_the_guard_raise_and_what_may_run_is_stable(text: str) -> None:
    review = GUARD.review(text, "engineer")
    if review.verdict == "deny":
        assert review.reasons
        assert review.statement is None
        return
    assert review.statement is not None
    assert GUARD.review(review.statement, "engineer") == review


@settings(max_examples=200, deadline=None)
@given(HIDING, HIDING, FORBIDDEN, CLEAN)
def test_a_planted_expression_is_found(outer: str, inner: str, planted: str, clean: str) -> None:
    nested = inner.startswith(("{}", "[", "(", "{{", "sum", "lambda", "1 if", "not", "df"))
    hiding = outer
    if nested and "\n" not in inner and "'" not in hiding:
        hiding = outer.replace("{}", "(" + inner + ")", 1)
    assert GUARD.review(hiding.format(planted.replace("'", '"')), "engineer").verdict == "deny"
    review = GUARD.review(hiding.format(clean.replace("'", '"')), "engineer")
    assert review.verdict == "allow" or not _parses(hiding.format(clean.replace("'", '"'))), review.reasons


@settings(max_examples=120, deadline=None)
@given(ALIASING, NAMES, st.sets(st.integers(0, 12)))
def test_a_built_in_is_found_under_any_alias_and_spelling(aliasing: str, name: str, wide: set[int]) -> None:
    spelled = "".join(c.translate(LETTERS) if i in wide else c for i, c in enumerate(name))
    assert (
        GUARD.review(aliasing.replace("{}", spelled).replace("{{", "{").replace("}}", "}"), "engineer").verdict
        == "deny"
    )


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 17), st.sampled_from(["+", "f", "loop", "dict", "function", "ternary"]))
def test_a_table_is_found_however_its_name_is_put_together(cut: int, how: str) -> None:
    name = "main.hr.salaries_x"
    first, rest = name[:cut], name[cut:]
    code = {
        "+": f"spark.table('{first}' + '{rest}')",
        "f": f"a = '{first}'\nspark.table(f'{{a}}{rest}')",
        "loop": f"for a in ['{first}', 'main.demo.']:\n    spark.table(a + '{rest}')",
        "dict": f"c = {{'a': '{first}'}}\nspark.table(c['a'] + '{rest}')",
        "function": f"def f(a):\n    return spark.table(a + '{rest}')\nf('{first}')",
        "ternary": f"a = '{first}' if x else 'main.demo.'\nspark.table(a + '{rest}')",
    }[how]
    assert GUARD.review(code, "engineer").verdict == "deny"


def _parses(text: str) -> bool:
    try:
        compile(text, "x", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
