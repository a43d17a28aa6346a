"""The term sheet for people: a document in a language, made from the same values as the TOML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.reports.about import created, period, title, told_unique
from waterdeal.reports.blocks import EPOCH, Heading, Listing, Paragraph
from waterdeal.reports.document import Document
from waterdeal.reports.edition import RATE, VOLUME, Edition
from waterdeal.reports.quantity import agency_name
from waterdeal.reports.sentence import clause_sentence, drafted, who_owes
from waterdeal.reports.table import Column, Table
from waterdeal.reports.term_sheet import ALL
from waterdeal.reports.whose import whose_lines
from waterdeal.results.audit import check_key
from waterdeal.words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import xarray as xr

    from waterdeal.agreement.clause import Clause

#: figures of a part of a clause, in the order told
AMOUNTS = ("promised", "planned", "reserve")
#: decimals of what a clause promises and of what rounding leaves
DIGITS = 3
#: columns of volumes side by side
ACROSS = 5


def sheet_document(plan: xr.Dataset, sheet: Mapping[str, Any], language: str) -> Document:
    """Make the term sheet for people."""
    made = _Sheet(Edition(plan, Words(language)), sheet)
    return Document("term-sheet", language, made.word("title"), tuple(made.blocks()), created(plan) or EPOCH)


class _Sheet:
    """Makes the parts of one term sheet in one language."""

    def __init__(self, edition: Edition, sheet: Mapping[str, Any]) -> None:
        self.edition, self.sheet, self.tell = edition, sheet, edition.tell

    def word(self, key: str, **values: object) -> str:
        """A word of term sheets."""
        return self.edition.words.text(f"record.{key}", **values)

    def blocks(self) -> Iterator[Any]:
        """All parts."""
        volumes = (self._volumes("deliveries", "delivery", "party"), self._volumes("releases", "release", "reservoir"))
        for part in (self._head(), self._clauses(), self._exchange(), *volumes, self._rest()):
            yield from part

    def _item(self, key: str, value: str) -> str:
        """A heading with its value."""
        return f"{self.word(key)}: {value}"

    def _status(self) -> str:
        """Status of the deal in words."""
        status = self.sheet["deal"]["status"]
        return self.tell.words.text_or(f"plan_status.{status}", status)

    def _head(self) -> Iterator[Any]:
        """What the deal is, and what it was made from."""
        deal, data = self.sheet["deal"], self.sheet["data"]
        items = {
            "parties": ", ".join(f"{party} – {self.edition.name(party)}" for party in deal["parties"]), "period": period(self.edition),
            "basin": self.edition.name("basin"), "scenario": f"{deal['scenario']}, {self._status()}",
            "terms": deal["terms_sha256"], **{name: data[f"{name}_sha256"] for name in ("graph", "data", "run")},
        }  # fmt: skip
        items |= {"overrides": "; ".join(data["overrides"])} if data["overrides"] else {}
        items |= {"whose": " ".join(told)} if (told := whose_lines(self.edition.results, self.edition.words)) else {}
        yield Heading(self.word("title").upper(), 1)
        if deal["status"] == "draft":
            yield Paragraph(self.word("draft").upper())
        yield Listing(title(self.edition), tuple(self._item(key, value) for key, value in items.items()))

    def _clauses(self) -> Iterator[Any]:
        """Every clause with what the plan gives."""
        yield Heading(self.word("clauses").upper())
        pairs = list(zip(clauses_of(self.edition.results), self.sheet["clause"], strict=True))
        for number, (clause, entry) in enumerate(pairs, start=1):
            sentence = clause_sentence(clause, self.tell, self.edition.results, owed=False)
            yield Listing(f"{number}. {sentence} [{clause.id}]", tuple(self._clause(clause, entry)))
            if len(entry["part"]) > 1:
                yield self._parts(number, clause.id, entry["part"])
        if not pairs:
            yield Paragraph(self.word("no_clauses"))

    def _clause(self, clause: Clause, entry: Mapping[str, Any]) -> Iterator[str]:
        """Lines below the sentence of a clause."""
        date, word = self.edition.words.date, self.edition.text
        if text := drafted(clause, self.tell):
            yield text
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
            yield self._item("source", f"{word('status.' + entry['status'])}; {entry['source']}")
        if len(entry["part"]) == 1:
            yield self.word("promised_planned", **{key: self._amount(entry["part"][0], key) for key in AMOUNTS})

    def _parts(self, number: int, clause: str, parts: Sequence[Mapping[str, Any]]) -> Table:
        """Make the table of what is promised and planned of each part."""
        columns = tuple(Column(self.edition.text(key)) for key in ("short.step", "column.side", *(f"column.{name}" for name in AMOUNTS)))
        rows = tuple(
            (self._part_name(part["part"]), self.edition.text(f"word.{part['sense']}"), *(self._amount(part, key) for key in AMOUNTS))
            for part in parts
        )
        return Table(f"clause_{number}", f"{number}", f"{number}. {clause}", "", columns, rows)

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

    def _exchange(self) -> Iterator[Any]:
        """Sentences of what is exchanged."""
        listed = {entry["clause"] for entry in self.sheet["exchange"]}
        told = [clause for clause in clauses_of(self.edition.results) if clause.id in listed]
        if told:
            lines = (f"[{clause.id}] {clause_sentence(clause, self.tell, self.edition.results)}" for clause in told)
            yield Listing(self.word("exchange").upper(), tuple(lines))

    def _volumes(self, key: str, listed: str, kind: str) -> Iterator[Table]:
        """Make the tables of the volumes of parties or reservoirs, then of their rates: steps down, names across."""
        entries, steps = self.sheet[listed], [self.edition.words.step(step) for step in self.sheet["period"]["steps"]]
        for start in range(0, len(entries), ACROSS):
            some = entries[start : start + ACROSS]
            names = [entry[kind] if kind == "party" and entry[kind] != ALL else self._name(entry) for entry in some]
            for unit, field, digits in (("volume", "hm3", VOLUME), ("rate", "m3s", RATE)):
                columns = (Column(self.edition.text("short.step"), width=24), *(Column(name, digits=digits) for name in names))
                rows = [(step, *(entry[field][place] for entry in some)) for place, step in enumerate(steps)]
                rows += [(self.word("total"), *(entry["total_hm3"] for entry in some))] if field == "hm3" else []
                sheet, heading = f"{self.word(key)[:18]} {start // ACROSS + 1}, {unit}", self.word(key).upper()
                yield Table(f"{listed}_{field}_{start}", sheet, heading, self.edition.text(f"unit.{unit}"), columns, tuple(rows))

    def _name(self, entry: Mapping[str, Any]) -> str:
        """Name of the party, of all parties, or of the reservoir of an entry."""
        key = entry.get("party") or entry.get("reservoir", "")
        return self.word("all") if key == ALL else self.edition.name(key)

    def _rest(self) -> Iterator[Any]:
        """What rounding leaves of each total, the certificate, lines to sign on below the digest of the terms, how to check."""
        entries = [*self.sheet["delivery"], *self.sheet["release"]]
        shown = [f"{self._name(entry)} {self.edition.words.number(entry['rounding_hm3'], 6)}" for entry in entries]
        if shown:
            yield Listing(self.word("rounding"), ("; ".join(shown),))
        proof, deal, software = (self.sheet[name] for name in ("proof", "deal", "software"))
        levels = [f"{level['name']} {self.edition.words.number(level['value'], 6)}" for level in proof["level"]]
        yield Listing(self.word("proof").upper(), (
            self._item("violation", f"{proof['largest_violation_hm3']:g}"), self._item("unique", told_unique(self.edition)),
            self._item("levels", "; ".join(levels)),
        ))  # fmt: skip
        checks = (
            f"{self.edition.words.text_or(check_key(line['check']), line['check'])}: {line['worst_hm3']:g} ({line['allowed_hm3']:g})"
            for line in proof["audit"]
        )
        yield Listing(self.word("audit"), tuple(checks))
        lines = [self.word("signatory", party=self.edition.name(party)) for party in deal["parties"]]
        terms = (self._item("status", self._status()), self._item("terms", deal["terms_sha256"]))
        yield Listing(self.word("signatures").upper(), (*terms, *lines))
        build = {"waterdeal": f"+{software['build_id']}"} if "build_id" in software else {}
        versions = ", ".join(f"{name} {version}{build.get(name, '')}" for name, version in software["versions"].items())
        made = self._item("software", f"{software['solver']}, {software['platform']}; {versions}")
        yield from map(Paragraph, (made, self._item("verify", self.sheet["verify"]["command"]), self.edition.text("about.disclaimer_text")))
