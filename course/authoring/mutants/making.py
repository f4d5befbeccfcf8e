"""Makes mutants of an answer: copies of it with one small fault each.

The operators are mutmut's (arguments left out, comparisons turned round, numbers and strings changed, …), and
three of our own: a statement left out, a condition negated, a value not returned. Annotations (a TypedDict's
`total` is one), docstrings and imports are left alone: nothing that runs depends on them, or everything does.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m
from mutmut.mutation.mutators import mutation_operators, operator_string

_DOCSTRING = m.SimpleStatementLine(body=[m.Expr(m.SimpleString() | m.ConcatenatedString())])
_LEFT_ALONE = m.OneOf(
    m.Annotation(), m.Import(), m.ImportFrom(), m.Param(), m.Arg(keyword=m.Name("total")), _DOCSTRING
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """An answer with one fault."""

    code: str
    line: int  #: of the answer, from 1
    was: str
    becomes: str


def mutants(answer: str) -> list[Mutant]:
    """Return all mutants of an answer, in the order of its lines, each text once."""
    module = cst.parse_module(answer)
    found: dict[str, Mutant] = {}
    for node, changed in _changes(module):
        code = module.deep_replace(node, changed).code  # type: ignore[arg-type]
        if code != answer and code not in found and _compiles(code):
            found[code] = _described(answer, code)
    return sorted(found.values(), key=lambda mutant: mutant.line)


def _changes(module: cst.Module) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Yield each node that can be changed, with what it becomes."""
    todo: list[cst.CSTNode] = [module]
    while todo:
        node = todo.pop()
        if m.matches(node, _LEFT_ALONE):
            continue
        yield from ((node, changed) for changed in _changed(node))
        todo.extend(node.children)


def _changed(node: cst.CSTNode) -> Iterable[cst.CSTNode]:
    for kind, operator in mutation_operators:
        if isinstance(node, kind):
            changed = operator(node)
            # Of a string's three mutants one is enough: all of them are another string.
            yield from list(changed)[:1] if operator is operator_string else changed
    if m.matches(node, m.SimpleStatementLine(body=[m.Expr(m.Call() | m.Await()) | m.Raise()])):
        yield cst.SimpleStatementLine([cst.Pass()])
    if m.matches(node, m.Return(value=m.DoNotCare())) and cst.ensure_type(node, cst.Return).value:
        yield cst.Return()
    if isinstance(node, cst.If):
        test = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


def _compiles(code: str) -> bool:
    try:
        compile(code, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def _described(answer: str, code: str) -> Mutant:
    before, after = answer.splitlines(), code.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    _, start, end, first, last = next(op for op in matcher.get_opcodes() if op[0] != "equal")
    return Mutant(
        code=code,
        line=start + 1,
        was=" ".join(line.strip() for line in before[start:end]),
        becomes=" ".join(line.strip() for line in after[first:last]),
    )
