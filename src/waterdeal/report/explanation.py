"""Why there is no plan: the clauses that cannot all hold, by which balances, and the menu of ways out; as text, page and record."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from waterdeal.agreement.inputs import clauses_of
from waterdeal.report.concessions import make_offer, offer_text
from waterdeal.report.involved import involved_lines
from waterdeal.report.promises import clause_numbers
from waterdeal.report.quantity import Teller
from waterdeal.report.sentence import clause_sentence
from waterdeal.report.text import WIDTH, clean
from waterdeal.report.words import Words
from waterdeal.variables import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import xarray as xr

    from waterdeal.agreement.clause import Clause
    from waterdeal.report.concessions import Offer

_STYLE = "body{font:16px/1.5 sans-serif;max-width:52em;margin:2em auto;padding:0 1em;color:#1b2733}h1{font-size:1.4em}h2{font-size:1.1em}"
#: nothing is fetched and nothing runs
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Block:
    """A heading with the lines below it; a heading alone is a sentence."""

    heading: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Told:
    """An explanation about to be told."""

    explanation: Any
    inputs: xr.Dataset
    tell: Teller

    @cached_property
    def clauses(self) -> dict[str, Clause]:
        """Clauses by id."""
        return {clause.id: clause for clause in clauses_of(self.inputs)}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """Number of each clause."""
        return clause_numbers(self.inputs)

    def offer(self, concession: Any) -> Offer:
        """Concession as it is told."""
        return make_offer(concession, self.clauses[concession.clause], self.inputs)

    def heading(self, clause: str) -> str:
        """Number and id of a clause."""
        return f"{self.numbers[clause]}\xa0{clause}"

    def sentences(self, clauses: Iterable[str]) -> tuple[str, ...]:
        """Number, id and sentence of each clause."""
        tell = self.tell
        return tuple(f"{self.heading(name)}: {clause_sentence(self.clauses[name], tell.words, tell.names)}" for name in clauses)

    def offers(self, concessions: Iterable[Any]) -> tuple[str, ...]:
        """Number, id and offer of each concession."""
        return tuple(f"{self.heading(way.clause)}: {offer_text(self.offer(way), self.inputs, self.tell)}" for way in concessions)

    def settings(self, concessions: Iterable[Any]) -> tuple[str, ...]:
        """Options of the command line that allow the concessions."""
        return tuple(f"--set {self.offer(way).setting}" for way in concessions)

    def block(self, key: str, lines: Iterable[str], **values: str) -> list[Block]:
        """Heading and lines; nothing where there are no lines."""
        listed = tuple(lines)
        return [Block(self.tell.words.text(key, **values), listed)] if listed else []

    def sentence(self, key: str) -> Block:
        """Sentence that stands by itself."""
        return Block(self.tell.words.text(key))


def explanation_text(explanation: Any, inputs: xr.Dataset, language: str) -> str:
    """Tell why there is no plan, for a terminal or a file.

    Parameters
    ----------
    explanation : Explanation
        What ``waterdeal.solve.explain`` found.
    inputs : xarray.Dataset
        Inputs of the model.
    language : str
        ``en``, ``ru``, ``kk`` or ``uz``.

    Returns
    -------
    str
        At most 110 columns wide.
    """
    parts = []
    for block in explanation_blocks(explanation, inputs, language):
        mark = ":" if block.lines else ""
        lines = [_wrap(f"{block.heading}{mark}", ""), *(_wrap(line, "  ") for line in block.lines)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _wrap(text: str, indent: str) -> str:
    """Break a line where the terminal ends."""
    text = clean(text)
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=2 * indent, break_on_hyphens=False)


def explanation_blocks(explanation: Any, inputs: xr.Dataset, language: str) -> tuple[Block, ...]:
    """Tell why there is no plan, block by block.

    Parameters
    ----------
    explanation : Explanation
        What ``waterdeal.solve.explain`` found.
    inputs : xarray.Dataset
        Inputs of the model.
    language : str
        ``en``, ``ru``, ``kk`` or ``uz``.

    Returns
    -------
    tuple of Block
        Headings with lines of plain text.
    """
    told = _Told(explanation, inputs, Teller(Words(language), names_of(inputs)))
    involved = involved_lines(explanation.involved, inputs, told.tell)
    if not explanation.clauses:
        return told.sentence("explain.title_own"), *told.block("explain.involved_own", involved)
    return (
        told.sentence("explain.title"),
        *told.block("explain.clauses", told.sentences(explanation.clauses)),
        *told.block("explain.involved", involved),
        *_ways_out(told),
    )


def _ways_out(told: _Told) -> list[Block]:
    """The menu, what cannot help, the even-handed mix, and how to try them."""
    found, mix = told.explanation, told.explanation.mix or ()
    blocks = told.block("explain.menu", told.offers(found.menu)) or [told.sentence("explain.no_menu")]
    blocks += told.block("explain.no_help", told.sentences(found.no_help))
    blocks += told.block("explain.fixed", told.sentences(found.fixed))
    share = told.tell.words.number(max((told.offer(way).relative for way in mix), default=0.0))
    blocks += told.block("explain.mix", told.offers(mix), share=f"{share}\xa0%")
    blocks += [told.sentence("explain.no_mix")] if found.mix is None else []
    blocks += told.block("explain.apply", told.settings(found.menu[:1]))
    return blocks + told.block("explain.apply_mix", told.settings(mix))


def explanation_record(explanation: Any, inputs: xr.Dataset) -> dict[str, Any]:
    """Return an explanation as plain JSON.

    Parameters
    ----------
    explanation : Explanation
        What ``waterdeal.solve.explain`` found.
    inputs : xarray.Dataset
        Inputs of the model.

    Returns
    -------
    dict
        ``clauses, involved, menu, no_help, fixed, mix``; amounts in the unit of the clause, unrounded, and a setting that suffices.
    """
    told = _Told(explanation, inputs, Teller(Words("en"), {}))
    mix = explanation.mix
    return {
        "clauses": [_clause_record(name, told) for name in explanation.clauses],
        "involved": [asdict(entry) for entry in explanation.involved],
        "menu": [_concession_record(way, told) for way in explanation.menu],
        "no_help": list(explanation.no_help),
        "fixed": list(explanation.fixed),
        "mix": None if mix is None else [_concession_record(way, told) for way in mix],
    }


def _clause_record(name: str, told: _Told) -> dict[str, Any]:
    """Clause as plain JSON."""
    return {"id": name, "number": told.numbers[name], "kind": told.clauses[name].kind}


def _concession_record(concession: Any, told: _Told) -> dict[str, Any]:
    """Concession as plain JSON."""
    return {**asdict(concession), "number": told.numbers[concession.clause], "set": told.offer(concession).setting}


def explanation_html(explanation: Any, inputs: xr.Dataset, language: str) -> str:
    """Tell why there is no plan on one page that needs nothing but a browser; all text is escaped."""
    title, *blocks = explanation_blocks(explanation, inputs, language)
    body = [f"<h1>{escape(clean(title.heading))}</h1>"]
    for block in blocks:
        if block.lines:
            items = "".join(f"<li>{escape(clean(line))}</li>" for line in block.lines)
            body.append(f"<h2>{escape(clean(block.heading))}</h2>\n<ul>{items}</ul>")
        else:
            body.append(f"<p>{escape(clean(block.heading))}</p>")
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head += f'<meta name="viewport" content="width=device-width"><title>{escape(clean(title.heading))}</title><style>{_STYLE}</style>'
    return f'<!doctype html>\n<html lang="{language}">\n<head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body>\n</html>\n"
