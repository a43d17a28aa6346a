"""What the parties promised: clauses as data, their rows for the model, and how each is measured on any flows.

What a kind of clause of your own is made from:

>>> import waterdeal as wd
>>> wd.agreement.Clause.__name__
'Clause'
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waterdeal.agreement.clause import Clause
    from waterdeal.agreement.facts import fact, names
    from waterdeal.agreement.promise import Promise

__all__ = ["Clause", "Promise", "fact", "names"]

#: module of each public name
_HOMES = {"Clause": "clause", "Promise": "promise", "fact": "facts", "names": "facts"}

if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there

    def __getattr__(name: str) -> object:
        """Import a public name when it is first used."""
        if name not in _HOMES:
            message = f"module 'waterdeal.agreement' has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(f"waterdeal.agreement.{_HOMES[name]}"), name)
