"""The term sheet as text in a language, made from the same values as the TOML."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.report.about import period, title, told_unique
from waterdeal.report.edition import RATE, VOLUME, Edition
from waterdeal.report.quantity import agency_name
from waterdeal.report.sentence import clause_sentence, drafted, who_owes
from waterdeal.report.term_sheet import ALL
from waterdeal.report.text import make_grid
from waterdeal.report.whose import whose_lines
from waterdeal.results.audit import check_key
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.agreement.clause import Clause

WIDTH = 110
#: figures of a part of a clause, in the order told
AMOUNTS = ("promised", "planned", "reserve")
#: decimals of what a clause promises and of what rounding leaves
DIGITS = 3
#: columns side by side in a grid, and signs of the heading of each
ACROSS, COLUMN = 5, 16


def sheet_text(plan: xr.Dataset, sheet: Mapping[str, Any], language: str) -> str:
    """Write a term sheet for people."""
    return _Writer(Edition(plan, Words(language)), sheet).text()


class _Writer:
    """Writes the parts of one term sheet in one language."""

    def __init__(self, edition: Edition, sheet: Mapping[str, Any]) -> None:
        self.edition, self.sheet, self.tell = edition, sheet, edition.tell

    def word(self, key: str, **values: object) -> str:
        """A word of term sheets."""
        return self.edition.words.text(f"record.{key}", **values)

    def text(self) -> str:
        """All parts, a blank line between them."""
        volumes = (self._volumes("deliveries", "delivery", "party"), self._volumes("releases", "release", "reservoir"))
        parts = [self._head(), self._clauses(), self._exchange(), *volumes, self._rounding(), self._proof(), self._signed(), self._foot()]
        return "\n\n".join("\n".join(clean(line) for line in part) for part in parts if part) + "\n"

    def _item(self, key: str, value: str) -> str:
        """A heading with its value."""
        return f"{self.word(key)}: {value}"

    def _head(self) -> list[str]:
        """What the deal is, and what it was made from."""
        deal, data = self.sheet["deal"], self.sheet["data"]
        status = self.tell.words.text_or(f"plan_status.{deal['status']}", deal["status"])
        items = {
            "parties": ", ".join(f"{party} – {self.edition.name(party)}" for party in deal["parties"]), "period": period(self.edition),
            "basin": self.edition.name("basin"), "scenario": f"{deal['scenario']}, {status}",
            "terms": deal["terms_sha256"], **{name: data[f"{name}_sha256"] for name in ("graph", "data", "run")},
        }  # fmt: skip
        items |= {"overrides": "; ".join(data["overrides"])} if data["overrides"] else {}
        items |= {"whose": " ".join(told)} if (told := whose_lines(self.edition.results, self.edition.words)) else {}
        warned = [self.word("draft").upper()] if deal["status"] == "draft" else []
        return [self.word("title").upper(), *warned, title(self.edition), "", *(self._item(key, value) for key, value in items.items())]

    def _clauses(self) -> list[str]:
        """Every clause with what the plan gives."""
        lines = [self.word("clauses").upper()]
        pairs = list(zip(clauses_of(self.edition.results), self.sheet["clause"], strict=True))
        for number, (clause, entry) in enumerate(pairs, start=1):
            sentence = clause_sentence(clause, self.tell, self.edition.results, owed=False)
            lines += ["", *textwrap.wrap(f"{number}. {sentence} [{clause.id}]", WIDTH)]
            lines += [f"   {line}" for line in self._clause(clause, entry)]
        return lines if pairs else [*lines, self.word("no_clauses")]

    def _clause(self, clause: Clause, entry: Mapping[str, Any]) -> Iterator[str]:
        """Lines below the sentence of a clause."""
        date, word = self.edition.words.date, self.edition.text
        if text := drafted(clause, self.tell):
            yield from textwrap.wrap(text, WIDTH - len("   "))
        if owed := who_owes(clause, self.tell):
            yield f"{owed[:1].upper()}{owed[1:]}"
        if entry["place"]:
            yield self._item("places", self.tell.all_names(entry["place"]))
        days = self.word("asleep") if "asleep" in entry else f"{date(entry['first_day'])} – {date(entry['last_day'])}"
        yield self._item("in_force", days)
        gauges = [f"{agency_name(gauge['agency'], self.tell.words)} ({self.edition.name(gauge['gauge'])})" for gauge in entry["measured"]]
        tolerance = self.word("tolerance", share=self.tell.share(entry["tolerance"]))
        yield self._item("measured", f"{', '.join(gauges) or '–'}; {tolerance}")
        yield self._item("negotiable", word("word.yes" if entry["negotiable"] else "word.no"))
        for key, name in (("concession_allowed", "allowed"), ("concession_made", "conceded")):
            if entry[key]:
                units = [part["unit"] for part in entry["part"]]
                unit = entry.get("concession_unit", "hm3" if "hm3" in units or not units else units[0])
                yield self._item(name, self.tell.amount(entry[key], unit, DIGITS))
        if entry["source"]:
            status = word(f"status.{entry['status']}")
            yield self._item("source", f"{status}; {entry['source']}")
        yield from self._parts(entry["part"])

    def _parts(self, parts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        """What is promised and planned: a line for one part, a grid for several."""
        if len(parts) == 1:
            yield self.word("promised_planned", **{key: self._amount(parts[0], key) for key in AMOUNTS})
        elif parts:
            headings = [self.edition.text(key) for key in ("short.step", "column.side", *(f"column.{name}" for name in AMOUNTS))]
            rows = [
                [self._part_name(part["part"]), self.edition.text(f"word.{part['sense']}"), *(self._amount(part, key) for key in AMOUNTS)]
                for part in parts
            ]
            yield from make_grid(headings, rows).split("\n")

    def _amount(self, part: Mapping[str, Any], key: str) -> str:
        """An amount in its unit, with its rate where it has one."""
        if key not in part:
            return "–"
        volume = self.tell.amount(part[key], part["unit"], DIGITS)
        rate = part.get(f"{key}_m3s")
        return volume if rate is None else f"{volume} = {self.edition.words.number(rate, RATE)}\xa0{self.edition.text('unit.rate')}"

    def _part_name(self, part: str) -> str:
        """Name of a part: a step, a word, or parties."""
        return self.edition.words.step(part) if part in self.sheet["period"]["steps"] else self.tell.part(part, part)

    def _exchange(self) -> list[str]:
        """Sentences of what is exchanged."""
        listed = {entry["clause"] for entry in self.sheet["exchange"]}
        told = [clause for clause in clauses_of(self.edition.results) if clause.id in listed]
        lines = [textwrap.fill(f"[{clause.id}] {clause_sentence(clause, self.tell, self.edition.results)}", WIDTH) for clause in told]
        return [self.word("exchange").upper(), *"\n".join(lines).split("\n")] if lines else []

    def _volumes(self, key: str, listed: str, kind: str) -> list[str]:
        """Volumes of each party or reservoir: steps down, names across, a grid for each unit."""
        entries, number, text = self.sheet[listed], self.edition.words.number, self.edition.text
        if not entries:
            return []
        named = [entry[kind] if kind == "party" and entry[kind] != ALL else self._name(entry) for entry in entries]
        names = [name if len(name) <= COLUMN else f"{name[: COLUMN - 1]}…" for name in named]
        steps = [self.edition.words.step(step) for step in self.sheet["period"]["steps"]]
        lines = [self.word(key).upper()]
        for start in range(0, len(entries), ACROSS):
            some = slice(start, start + ACROSS)
            for unit, field, digits in (("volume", "hm3", VOLUME), ("rate", "m3s", RATE)):
                rows = [[step, *(number(entry[field][k], digits) for entry in entries[some])] for k, step in enumerate(steps)]
                if field == "hm3":
                    rows.append([self.word("total"), *(number(entry["total_hm3"], VOLUME) for entry in entries[some])])
                lines += [text(f"unit.{unit}"), *make_grid([text("short.step"), *names[some]], rows).split("\n")]
        return lines

    def _name(self, entry: Mapping[str, Any]) -> str:
        """Name of the party, of all parties, or of the reservoir of an entry."""
        key = entry.get("party") or entry.get("reservoir", "")
        return self.word("all") if key == ALL else self.edition.name(key)

    def _rounding(self) -> list[str]:
        """What rounding leaves of each total."""
        entries = [*self.sheet["delivery"], *self.sheet["release"]]
        shown = [f"{self._name(entry)} {self.edition.words.number(entry['rounding_hm3'], 6)}" for entry in entries]
        return [self.word("rounding"), *textwrap.wrap("; ".join(shown), WIDTH)] if shown else []

    def _proof(self) -> list[str]:
        """Certificate lines."""
        proof, number = self.sheet["proof"], self.edition.words.number
        levels = [f"{level['name']} {number(level['value'], 6)}" for level in proof["level"]]
        return [
            self.word("proof").upper(), self._item("violation", f"{proof['largest_violation_hm3']:g}"),
            *textwrap.wrap(self._item("unique", told_unique(self.edition)), WIDTH),
            *textwrap.wrap(self._item("levels", "; ".join(levels)), WIDTH), self._item("audit", ""),
            *(f"  {self._check(line['check'])}: {line['worst_hm3']:g} ({line['allowed_hm3']:g})" for line in proof["audit"]),
        ]  # fmt: skip

    def _check(self, name: str) -> str:
        """Name of a check of the audit."""
        return self.edition.words.text_or(check_key(name), name)

    def _signed(self) -> list[str]:
        """Lines to sign on, below the status of the deal and the digest of its terms."""
        deal = self.sheet["deal"]
        status = self.tell.words.text_or(f"plan_status.{deal['status']}", deal["status"])
        lines = [self.word("signatory", party=self.edition.name(party)) for party in deal["parties"]]
        return [self.word("signatures").upper(), self._item("status", status), self._item("terms", deal["terms_sha256"]), *lines]

    def _foot(self) -> list[str]:
        """Versions, how to check, disclaimer."""
        software = self.sheet["software"]
        build = {"waterdeal": f"+{software['build_id']}"} if "build_id" in software else {}
        versions = ", ".join(f"{name} {version}{build.get(name, '')}" for name, version in software["versions"].items())
        made = self._item("software", f"{software['solver']}, {software['platform']}; {versions}")
        texts = (made, self._item("verify", self.sheet["verify"]["command"]), self.edition.text("about.disclaimer_text"))
        return [line for text in texts for line in textwrap.wrap(text, WIDTH)]
