"""For people, in their languages: tables, text, workbooks, documents; called, the package makes one: ``wd.report(plan, "annex")``."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from waterdeal.report.document import Document

#: it offers itself alone, as a function
__all__: list[str] = []


class _Reports(ModuleType):
    """The package as a function."""

    def __call__(self, result: Any, kind: str = "annex", language: str = "en") -> Document:
        """Make a report of a plan; see `waterdeal.report.kinds.report`."""
        from waterdeal.report.kinds import report

        return report(result, kind, language)


sys.modules[__name__].__class__ = _Reports
