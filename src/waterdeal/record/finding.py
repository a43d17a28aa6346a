"""What a check of a record finds, as sentences that name the place, what stands there and what should."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from waterdeal.words import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    sentence: str  # all of it as a sentence


class Verdict(StrEnum):
    """What a verification comes to; one of these, the worst that holds."""

    SOUND = "sound"
    OTHER_CODE = "made by other code"
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

    @property
    def verdict(self) -> Verdict:
        """The worst that holds."""
        if self.findings or not all(check.passed for check in self.checks if check.compared):
            return Verdict.ALTERED
        if self.unsolvable:
            return Verdict.UNSOLVABLE
        return Verdict.SOUND if self.same_code and all(check.compared for check in self.checks) else Verdict.OTHER_CODE

    @property
    def passed(self) -> bool:
        """Whether the record stands, with everything compared."""
        return self.verdict is Verdict.SOUND


def shorten(value: object) -> str:
    """Show a value in one line, cut where it is long."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def altered(file: str, where: str, found: object, expected: object = "", reason: str = "") -> Finding:
    """Make a finding of something that reads otherwise than it should."""
    shown, due = shorten(found), shorten(expected)
    place = f"{file}, {where}" if where else file
    tail = f'; {reason} "{due}"' if due else f"; {reason}" if reason else ""
    return Finding(file, where, shown, due, f'{place}: "{shown}" stands there{tail}.')


def told(file: str, where: str, sentence: str) -> Finding:
    """Make a finding of a sentence that stands by itself."""
    place = f"{file}, {where}" if where else file
    return Finding(file, where, "", "", f"{place}: {sentence}")


def capped(findings: Iterable[Finding], file: str, most: int = MOST_TOLD) -> Iterator[Finding]:
    """Yield the first findings of a file, and one that counts the rest."""
    left = 0
    for number, finding in enumerate(findings):
        if number < most:
            yield finding
        else:
            left += 1
    if left:
        yield told(file, "", say("records.more_places_like_these_2", left=left))
