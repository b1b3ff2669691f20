"""What a Python source says, however it says it: a digest for those who must notice a changed rule
and nothing else.

It is taken of the syntax tree without what no rule lies in: docstrings and other texts that are
thrown away, ``pass``, and of imports all but the names that come from our own packages. Comments
and layout are not in the tree, and names of files are not looked at. What one version of Python has
in its trees and another has not is empty, and left out."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from hashlib import sha256

#: Fields in which nothing is decided: ``u`` before a text, and what the place of a name says too.
_SILENT = {"ctx", "kind", "type_comment"}


#: The packages in which rows are decided.
OURS = {"domain", "ledger", "projections", "schemas"}


def digest(source: str) -> str:
    """The digest of one module."""
    return _hashed(_shape(ast.parse(source)))


def digest_of_all(digests: Iterable[str]) -> str:
    """The digest of several modules, in whatever order and under whatever names."""
    return _hashed("\n".join(sorted(digests)))


def _hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


def _shape(part: object) -> str:
    if isinstance(part, list):
        return f"[{' '.join(_shape(one) for one in part)}]"
    if not isinstance(part, ast.AST):
        return ascii(part)  # what repr() prints as it is depends on the version
    if isinstance(part, ast.ImportFrom):
        # Which module a name comes from plays no part: modules are moved. What it is called does.
        return " ".join(sorted(f"{one.name} as {one.asname}" for one in part.names))
    fields = [
        f"{name}={_shape(decides)}"
        for name, value in ast.iter_fields(part)
        if name not in _SILENT and (decides := _deciding(part, value)) not in (None, [])
    ]
    return f"{type(part).__name__}({' '.join(fields)})"


def _deciding(node: ast.AST, value: object) -> object:
    """The value of a field without what decides nothing."""
    if not isinstance(value, list):
        return value
    return [one for one in value if not _is_idle(one, within=node)]


def _is_idle(part: object, *, within: ast.AST) -> bool:
    match part:
        case ast.ImportFrom(module=module, names=names):
            ours = str(module).partition(".")[0] in OURS
            return not ours and all(one.asname is None for one in names)
        case ast.Import() | ast.Pass():
            return True
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.Constant(value=""):
            return isinstance(within, ast.JoinedStr)  # 3.12 puts one after a nested format
    return False
