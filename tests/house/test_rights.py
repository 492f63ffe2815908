"""Whatever changes rights is done within `changing_access`: one after another on all nodes, told to all, and somebody is left who may do
everything. An act that forgets it works, and shows what was taken away for as long as nobody looks: so it is found here."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.repository import Source, report, sources

VERBS = frozenset({"add", "put_group", "delete_group", "put_role", "delete_role", "add_grant", "delete_grant"})
"""Of `store/accounts.py`, those by which somebody may do something else than before; and `change` of `is_active`."""
BY_HAND = {
    "add_account": "it takes the number first, and announces the account that is new",
    "_made": "the same, of somebody whom a provider knows; the number is handed to it",
}
"""Functions that take the number and announce by themselves, both of which is looked for."""
NAMED = {"change_account": "display_name, email, and the lock", "change_own": "OWN_FIELDS", "sign_in_by_password": "password_hash"}
"""Functions that hand fields on as they got them: none of these is `is_active`."""


def changes_of(source: Source) -> Iterator[tuple[ast.Call, list[ast.AST]]]:
    """Calls that change rights, with all that stands around each, the innermost last."""

    def walk(node: ast.AST, around: list[ast.AST]) -> Iterator[tuple[ast.Call, list[ast.AST]]]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).endswith(".accounts"):
            names = {keyword.arg for keyword in node.keywords}
            if node.func.attr in VERBS or (node.func.attr == "change" and names & {"is_active", None}):
                yield node, around
        for child in ast.iter_child_nodes(node):
            yield from walk(child, [*around, node])

    yield from walk(source.tree, [])


def wrong_in(source: Source) -> list[str]:
    wrong: list[str] = []
    for call, around in changes_of(source):
        functions = [node for node in around if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        within = [ast.unparse(item.context_expr.func) for node in around if isinstance(node, ast.With) for item in node.items if isinstance(item.context_expr, ast.Call)]  # fmt: skip
        if "changing_access" in within:
            continue
        names = {function.name for function in functions}
        text = ast.unparse(functions[-1]) if functions else ""
        if names & BY_HAND.keys() and (".next_change()" in text or "number: int" in text) and "AccessChanged(" in text:
            continue
        if names & NAMED.keys() and isinstance(call.func, ast.Attribute) and call.func.attr == "change":
            continue
        wrong.append(f"{source.path}:{call.lineno} {ast.unparse(call.func)}")
    return wrong


def test_every_change_of_rights_is_one() -> None:
    package = [source for source in sources() if source.is_package and "/store/" not in source.path]
    wrong = [each for source in package for each in wrong_in(source)]

    assert sum(1 for source in package for _ in changes_of(source)) >= len(VERBS) + len(NAMED)
    assert not wrong, report(wrong, "Do these within `with changing_access(tx, accounts):` (acts/access.py).")


def test_every_exception_is_there_still() -> None:
    named = {
        node.name for source in sources() if source.is_package for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef)
    }  # fmt: skip

    assert not (BY_HAND.keys() | NAMED.keys()) - named


def test_one_that_forgets_is_noticed() -> None:
    def source(text: str) -> Source:
        return Source(path="x.py", text=text, tree=ast.parse(text))

    assert wrong_in(source("def act(tx):\n    tx.accounts.add_grant(1)"))
    assert wrong_in(source("def act(tx):\n    tx.accounts.change('a', is_active=True)"))
    assert wrong_in(source("def act(tx, fields):\n    tx.accounts.change('a', **fields)"))
    assert wrong_in(source("def add_account(tx):\n    tx.accounts.add(1)"))
    assert wrong_in(source("def act(tx):\n    with changing_access(tx, None):\n        pass\n    tx.accounts.delete_role('x')"))
    assert not wrong_in(source("def act(tx):\n    with changing_access(tx, None):\n        tx.accounts.add_grant(1)"))
    assert not wrong_in(source("def act(tx):\n    tx.accounts.change('a', email='x')\n    tx.notices.add(1)"))
