"""A document as one page of HTML that needs nothing but a browser: nothing is fetched, nothing runs, all text is escaped."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING, Any

from waterdeal.report.laid_out import FILLS, HEAD_FILL, blocks_told
from waterdeal.words import clean

if TYPE_CHECKING:
    from waterdeal.report.blocks import Pages

_PAGE = """<!doctype html>
<html lang="{{ language }}">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width"><title>{{ title }}</title>
<style>
@page{size:A4;margin:9mm 10mm}body{font:{{ points }}pt/1.2 Arial,"Liberation Sans",sans-serif;max-width:190mm;margin:auto;color:#000}
h1{font-size:1.5em;margin:0 0 .3em}h2{font-size:1.2em;margin:.6em 0 .2em}p{margin:.15em 0;overflow-wrap:anywhere}figure{margin:.4em 0}
img{width:100%}table{border-collapse:collapse;width:100%;table-layout:fixed;margin:.2em 0}
th,td{border:.4pt solid #8796a5;padding:0 .25em;overflow-wrap:anywhere;vertical-align:top;text-align:left}th{background:{{ head_fill }}}
th.n{text-align:right}td.n{text-align:right;white-space:nowrap}
{% for level, fill in fills.items() %}tr.l{{ level }} td{background:{{ fill }};font-weight:bold}{% endfor %}
.lead{font-weight:bold}ul{margin:.1em 0 .4em;padding-left:1.4em}li{overflow-wrap:anywhere}
.note{color:#333}.break{break-after:page}caption{text-align:left;font-weight:bold}
</style></head>
<body>
{% for block in blocks %}{% if block.kind == "heading" %}<h{{ block.level }}>{{ block.text }}</h{{ block.level }}>
{% elif block.kind == "paragraph" %}<p{% if block.note %} class="note"{% endif %}>{{ block.text }}</p>
{% elif block.kind == "listing" %}<p{% if block.lines %} class="lead"{% endif %}>{{ block.text }}</p>
{% if block.lines %}<ul>{% for line in block.lines %}<li>{{ line }}</li>{% endfor %}</ul>{% endif %}
{% elif block.kind == "figure" %}<figure><img alt="{{ block.caption }}" src="data:image/svg+xml;base64,{{ block.image }}">
<figcaption>{{ block.caption }}</figcaption></figure>
{% elif block.kind == "table" %}<table style="font-size:{{ block.points }}pt"><caption>{{ block.title }}</caption>
<colgroup>{% for width in block.widths %}<col style="width:{{ (100 * width) | round(3) }}%">{% endfor %}</colgroup>
<thead>{% if block.groups %}<tr>
{% for group in block.groups %}<th colspan="{{ group.span }}">{{ group.text }}</th>{% endfor %}</tr>{% endif %}
<tr>{% for head in block.heads %}<th{% if block.numeric[loop.index0] %} class="n"{% endif %}>{{ head }}</th>{% endfor %}</tr></thead>
<tbody>{% for row in block.rows %}<tr class="l{{ row.level }}">{% for cell in row.cells -%}
<td{% if block.numeric[loop.index0] %} class="n"{% endif %}>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table>
{% for note in block.notes %}<p class="note">{{ note }}</p>{% endfor %}
{% else %}<div class="break"></div>
{% endif %}{% endfor %}</body>
</html>
"""


@cache
def _template() -> Any:
    """Read the page once."""
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)


def render(document: Pages) -> bytes:
    """Write a document as a page."""
    blocks = blocks_told(document)
    for figure in (block for block in blocks if block["kind"] == "figure"):
        figure["image"] = base64.b64encode(figure["image"].encode()).decode()
    told = {"language": document.language, "title": clean(document.title), "points": document.points}
    page: str = _template().render(blocks=blocks, fills=FILLS, head_fill=HEAD_FILL, **told)
    return page.encode()
