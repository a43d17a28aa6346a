"""What a check of a record finds, as sentences that name the place, what stands there and what should."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from waterdeal.errors import Problem
from waterdeal.words import Words, say

if TYPE_CHECKING:
    from collections.abc import Iterable

#: findings told of one file in one check; the rest is counted
MOST_TOLD = 10
#: signs of a value that are shown
SHOWN = 80


@dataclass(frozen=True)
class Finding:
    """One thing in a record that is not as it should be."""

    file: str  # file it stands in, by its path in the record
    where: str  # place in the file: row and column, line, variable with place and step; empty for the whole file
    found: str  # what stands there now
    expected: str  # what should; empty where only a digest of it is known
    text: str | Problem  # what is wrong, without the place

    def tell(self, words: Words) -> str:
        """All of it as a sentence in a language."""
        place = f"{self.file}, {self.where}" if self.where else self.file
        return f"{place}: {self.text.tell(words) if isinstance(self.text, Problem) else words.tell(self.text)}"

    @property
    def sentence(self) -> str:
        """All of it as a sentence."""
        return self.tell(Words("en"))

    def as_json(self) -> dict[str, str]:
        """For machines."""
        return {name: getattr(self, name) for name in ("file", "where", "found", "expected", "sentence")}


class Verdict(StrEnum):
    """What a verification comes to; one of these, the worst that holds."""

    SOUND = "sound"
    OTHER_CODE = "made by other code"
    NEEDS_LAYER = "needs the layer of"
    UNSOLVABLE = "no longer solvable here"
    ALTERED = "altered"


@dataclass(frozen=True)
class Check:
    """One step of a verification."""

    name: str  # what was checked
    passed: bool  # whether it was compared and nothing was found
    compared: bool = True  # whether it was compared; what is not is neither good nor bad


@dataclass(frozen=True)
class Verification:
    """What a verification came to."""

    checks: tuple[Check, ...]  # every check made, in order
    findings: tuple[Finding, ...]  # everything found, in the order of the checks
    record_sha256: str = ""  # digest of the record as it stands now, for comparison by telephone
    notes: tuple[str, ...] = field(default=())  # what the reader should know that is not a fault, e.g. that another version made the record
    code: str = ""  # name of the code that made the record
    same_code: bool = True  # whether that is the code that verifies
    unsolvable: str = ""  # why the sources cannot be solved here; empty where they can, or where nobody tried
    needs: str = ""  # party that keeps a layer of figures at home without which not all can be compared

    @property
    def verdict(self) -> Verdict:
        """The worst that holds."""
        if self.findings or not all(check.passed for check in self.checks if check.compared):
            return Verdict.ALTERED
        if self.unsolvable:
            return Verdict.UNSOLVABLE
        if self.needs:
            return Verdict.NEEDS_LAYER
        return Verdict.SOUND if self.same_code and all(check.compared for check in self.checks) else Verdict.OTHER_CODE

    @property
    def passed(self) -> bool:
        """Whether the record stands, with everything compared."""
        return self.verdict is Verdict.SOUND


def shorten(value: object) -> str:
    """Show a value in one line, cut where it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def altered(file: str, where: str, found: object, expected: object, reason: str) -> Finding:
    """Make a finding of something that reads otherwise than it should, by the key of what says so."""
    shown, due = shorten(found), shorten(expected)
    key = "records.stands_due" if due else "records.stands_not"
    return Finding(file, where, shown, due, say(key, shown=shown, reason=say(reason), due=due))


def told(file: str, where: str, key: str, /, **values: object) -> Finding:
    """Make a finding of a sentence of the tables."""
    return Finding(file, where, "", "", say(key, **values))


def capped(findings: Iterable[Finding], file: str, most: int = MOST_TOLD) -> list[Finding]:
    """Return the first findings of a file, and one that counts the rest."""
    listed = list(findings)
    left = len(listed) - most
    return listed[:most] + ([told(file, "", "records.more", value=left)] if left > 0 else [])
