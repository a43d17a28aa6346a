"""Why there is no plan, as one page that needs nothing but a browser."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from waterdeal.report.explanation import explanation_blocks
from waterdeal.report.text import clean

if TYPE_CHECKING:
    import xarray as xr

STYLE = "body{font:16px/1.5 sans-serif;max-width:52em;margin:2em auto;padding:0 1em;color:#1b2733}h1{font-size:1.4em}h2{font-size:1.1em}"
#: nothing is fetched and nothing runs
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def explanation_html(explanation: Any, inputs: xr.Dataset, language: str) -> str:
    """Tell why there is no plan on a page; all text is escaped.

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
        HTML.
    """
    title, *blocks = explanation_blocks(explanation, inputs, language)
    body = [f"<h1>{_safe(title.heading)}</h1>"]
    for block in blocks:
        if block.lines:
            items = "".join(f"<li>{_safe(line)}</li>" for line in block.lines)
            body.append(f"<h2>{_safe(block.heading)}</h2>\n<ul>{items}</ul>")
        else:
            body.append(f"<p>{_safe(block.heading)}</p>")
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    head += f'<meta name="viewport" content="width=device-width"><title>{_safe(title.heading)}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="{language}">\n<head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body>\n</html>\n"


def _safe(text: str) -> str:
    """Text without control characters or markup."""
    return escape(clean(text))
