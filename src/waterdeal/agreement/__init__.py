"""What the parties promised: clauses as data, their rows for the model, and how each is measured on any flows.

What a kind of clause of your own is made from:

>>> import waterdeal as wd
>>> wd.agreement.Clause.__name__
'Clause'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from waterdeal.guarded import homes_by_name, offered

if TYPE_CHECKING:
    from waterdeal.agreement.clause import Clause as Clause
    from waterdeal.agreement.facts import fact as fact
    from waterdeal.agreement.facts import names as names
    from waterdeal.agreement.promise import Promise as Promise

#: public names by the module that they are in
_NAMES = {
    "waterdeal.agreement.clause": "Clause",
    "waterdeal.agreement.facts": "fact names",
    "waterdeal.agreement.promise": "Promise",
}
_HOMES = homes_by_name(_NAMES)

__all__ = list(_HOMES)

if not TYPE_CHECKING:  # a type checker sees the imports above, and that nothing else is there
    __getattr__, __dir__ = offered(__name__, _HOMES)
