"""Sentences of English in what goes wrong, written in code: a reader of another language would get them as they stand."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.house.tree import nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.house.tree import Tree

    #: what is given to the names of a function (or, under None, of the whole module)
    Sources = defaultdict[tuple[ast.AST | None, str], list[ast.AST]]

#: words that make a sentence, and those of them that are English; a value that is filled in counts as the others
FEWEST, ENGLISH = 4, 2
WORD, VALUE = re.compile(r"[\"'`(]?[A-Za-z][A-Za-z'-]*[\"'`)]?[.,;:?!]?"), re.compile(r"[\"'`(]*\{\}\S*")
#: calls that make an error or a problem, by the end of their name
MAKERS = re.compile(r"(refuse\w*|fault|problem|refused|Error|Problem)$")
#: sentences that may stand in code, and why
ALLOWED = {
    "module {} has no attribute {}": "Python's own words for a module, below the floor of words",
    "datasets come out otherwise": "in the attribute `slow_ways` of a plan, which is signed",
    "{} where {} was expected": "in the attribute `slow_ways` of a plan, which is signed",
    "made up in code": "a source in a plan, which is signed",
    "assumed: changed for this run": "a source in a plan, which is signed",
}


def sentences(tree: Tree, allowed: Iterable[str] = ()) -> list[str]:
    """Find the sentences of English that go into an exception or a problem, straight or by a name of the same module.

    Those that are allowed are no finding; one of them that is gone is.
    """
    found = [(module, line, text) for module, parsed in tree.modules.items() for line, text in spoken(parsed)]
    told = [f"{module}:{line}: say it by words/*.csv: {text}" for module, line, text in found if text not in allowed]
    return told + [f"allowed, and said nowhere: {text}" for text in allowed if text not in {text for _, _, text in found}]


def spoken(module: ast.Module) -> list[tuple[int, str]]:
    """Line and text of the sentences of a module, those that may stand there too."""
    scopes = _scopes(module)
    sources = _sources(module, scopes)
    waiting: list[ast.AST] = [node for node in nodes(module) if _makes_trouble(node)]
    seen: set[ast.AST] = set()
    found: set[tuple[int, str]] = set()
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            found |= {(line, text) for line, text in _texts(node) if _is_sentence(text)}
            waiting += [source for name in _names(node) for scope in {scopes.get(node), None} for source in sources[scope, name]]
    return sorted(found)


def _makes_trouble(node: ast.AST) -> bool:
    """Whether a node raises, or makes an error or a problem."""
    if isinstance(node, ast.Call):
        return bool(MAKERS.search(_name(node.func)))
    return isinstance(node, ast.Raise)


def _scopes(module: ast.Module) -> dict[ast.AST, ast.AST]:
    """The outermost function around each node that has one."""
    scopes: dict[ast.AST, ast.AST] = {}
    for function in _functions(module):
        for part in nodes(function):
            scopes.setdefault(part, function)
    return scopes


def _functions(module: ast.Module) -> list[ast.FunctionDef]:
    """Functions of a module, outer ones first."""
    return [node for node in nodes(module) if isinstance(node, ast.FunctionDef)]


def _sources(module: ast.Module, scopes: dict[ast.AST, ast.AST]) -> Sources:
    """What names are given, by scope and name: values, what is gone through, what functions return and are called with."""
    sources: Sources = defaultdict(list)
    functions = {function.name: function for function in _functions(module)}
    for node in nodes(module):
        for target, value in _given(node):
            for name in _names(target):
                sources[None if isinstance(target, ast.Attribute) else scopes.get(node), name].append(value)
        if isinstance(node, ast.Call) and (called := functions.get(_name(node.func))):
            for name, value in _taken(called, node):
                sources[scopes[called], name].append(value)
    for name, function in functions.items():
        sources[None, name] += [part for part in nodes(function) if isinstance(part, ast.Return)]
    return sources


def _given(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield what is given a value in a node, and the value."""
    if isinstance(node, ast.Assign):
        yield from ((target, node.value) for target in node.targets)
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter


def _taken(function: ast.FunctionDef, call: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    """Yield the parameters of a function and what a call gives them."""
    names = [part.arg for part in (*function.args.posonlyargs, *function.args.args) if part.arg not in {"self", "cls"}]
    yield from zip(names, call.args, strict=False)
    yield from ((word.arg, word.value) for word in call.keywords if word.arg)


def _name(node: ast.AST) -> str:
    """Last part of a dotted name."""
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _names(node: ast.AST) -> set[str]:
    """Names below a node."""
    return {_name(part) for part in ast.walk(node)} - {""}


def _texts(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of the literals below a node; an f-string is one, with ``{}`` for its values."""
    for part in ast.iter_child_nodes(node) if not isinstance(node, ast.JoinedStr | ast.Constant) else [node]:
        if isinstance(part, ast.JoinedStr):
            yield part.lineno, "".join(str(piece.value) if isinstance(piece, ast.Constant) else "{}" for piece in part.values)
        elif isinstance(part, ast.Constant):
            yield part.lineno, part.value if isinstance(part.value, str) else ""
        else:
            yield from _texts(part)


def _is_sentence(text: str) -> bool:
    """Whether a text is a sentence of English."""
    english, values = (sum(bool(kind.fullmatch(word)) for word in text.split()) for kind in (WORD, VALUE))
    return english >= ENGLISH and english + values >= FEWEST
