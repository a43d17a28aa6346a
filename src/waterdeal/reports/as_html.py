"""A document as one page of HTML that needs nothing but a browser: nothing is fetched, all text is escaped.

One script runs, by its digest: it lets the reader sort and filter tables. Without it, and in print, they stand whole.
A page without tables has none.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any

from waterdeal.reports.laid_out import FILLS, HEAD_FILL, blocks_told
from waterdeal.words import Words, clean

if TYPE_CHECKING:
    from waterdeal.reports.blocks import Pages

#: sorts the rows of a block under its heading and blocks by theirs; grand totals stay where they are; blank cells come last
_SCRIPT = """
"use strict";
const said = document.body.dataset;
const shown = cell => cell ? cell.textContent.trim() : "";
const figure = text => Number(text.replaceAll(said.point === "," ? /[^\\d,-]/g : /[^\\d.-]/g, "").replace(",", "."));
const compare = (one, other, numeric, sign) =>
  !shown(one) || !shown(other) ? !shown(one) - !shown(other) :
  sign * (numeric ? figure(shown(one)) - figure(shown(other)) : shown(one).localeCompare(shown(other), said.tongue, {numeric: true}));
function blocksOf(rows) {
  const blocks = [];
  for (const row of rows) {
    if (row.className !== "l2" || !blocks.length || blocks.at(-1)[0].className === "l0") blocks.push([row]);
    else blocks.at(-1).push(row);
  }
  return blocks;
}
function sorted(rows, place, numeric, sign) {
  const by = (one, other) => compare(one.cells[place], other.cells[place], numeric, sign);
  const found = [];
  let run = [];
  const end = () => { found.push(...run.sort((one, other) => by(one[0], other[0])).flat()); run = []; };
  for (const block of blocksOf(rows)) {
    if (block[0].className === "l0") { end(); found.push(block[0]); }
    else if (block[0].className === "l1") run.push([block[0], ...block.slice(1).sort(by)]);
    else run.push(...block.map(row => [row]));
  }
  end();
  return found;
}
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  if (!rows.length) continue;
  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const next = {none: "ascending", ascending: "descending", descending: "none"}[head.getAttribute("aria-sort")];
      heads.forEach(one => one.setAttribute("aria-sort", "none"));
      head.setAttribute("aria-sort", next);
      body.append(...(next === "none" ? rows : sorted(rows, place, head.className === "n", next === "ascending" ? 1 : -1)));
    });
  });
  const label = document.createElement("label"), field = document.createElement("input"), count = document.createElement("output");
  field.type = "search";
  field.setAttribute("aria-label", `${said.filter}: ${table.caption.textContent}`);
  label.append(`${said.filter} `, field, " ", count);
  table.caption.append(label);
  field.addEventListener("input", () => {
    const plain = text => text.replaceAll(/\\s+/g, " ").toLocaleLowerCase(said.tongue);
    const sought = plain(field.value.trim()), holds = row => plain(row.textContent).includes(sought);
    for (const block of blocksOf(rows)) {
      const whole = block[0].className === "l1" && holds(block[0]);
      for (const row of block) row.hidden = !(whole || holds(row) || row.className === "l1" && block.some(holds));
    }
    count.value = sought ? `${rows.filter(row => !row.hidden).length} / ${rows.length}` : "";
  });
}
"""
_DIGEST = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

_PAGE = """<!doctype html>
<html lang="{{ language }}">
<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy"
content="default-src 'none'; style-src 'unsafe-inline'; img-src data:{% if script %}; script-src 'sha256-{{ digest }}'{% endif %}">
<meta name="viewport" content="width=device-width"><title>{{ title }}</title>
<style>
@page{size:A4;margin:9mm 10mm}body{font:{{ points }}pt/1.2 Arial,"Liberation Sans",sans-serif;max-width:190mm;margin:auto;color:#000}
h1{font-size:1.5em;margin:0 0 .3em}h2{font-size:1.2em;margin:.6em 0 .2em}p{margin:.15em 0;overflow-wrap:anywhere}figure{margin:.4em 0}
img{width:100%}table{border-collapse:collapse;width:100%;table-layout:fixed;margin:.2em 0}
th,td{border:.4pt solid #8796a5;padding:0 .25em;overflow-wrap:anywhere;vertical-align:top;text-align:left}th{background:{{ head_fill }}}
th.n{text-align:right}td.n{text-align:right;white-space:nowrap}
{% for level, fill in fills.items() %}tr.l{{ level }} td{background:{{ fill }};font-weight:bold}{% endfor %}
.lead{font-weight:bold}ul{margin:.1em 0 .4em;padding-left:1.4em}li{overflow-wrap:anywhere}
h1,h2,caption,.lead{break-after:avoid}thead,tr,figure{break-inside:avoid}.note{color:#333}.break{display:none}.break+*{break-before:page}
caption{text-align:left;font-weight:bold}
th button{all:unset;display:block;width:100%;cursor:pointer}th button:focus-visible,input:focus-visible{outline:2px solid #0072b2}
th[aria-sort=ascending] button::after{content:"\\a0▲"}th[aria-sort=descending] button::after{content:"\\a0▼"}
caption label{float:right;font-weight:normal}input{font:inherit;width:12em}
@media screen{body{padding:4mm}}
@media print{body{line-height:1.1}label{display:none}th button::after{content:none!important}tr[hidden]{display:table-row}
th button{display:contents}} /* a head with a button in it is not printed on each page */
</style></head>
<body data-tongue="{{ tongue }}" data-point="{{ point }}" data-filter="{{ filter }}">
{% for block in blocks %}{% if block.kind == "heading" %}<h{{ block.level }}>{{ block.text }}</h{{ block.level }}>
{% elif block.kind == "paragraph" %}<p{% if block.note %} class="note"{% endif %}>{{ block.text }}</p>
{% elif block.kind == "listing" %}{% if block.text %}<p{% if block.lines %} class="lead"{% endif %}>{{ block.text }}</p>{% endif %}
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
{% endif %}{% endfor %}{% if script %}<script>{{ script | safe }}</script>
{% endif %}</body>
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
    words = Words(document.language)
    told = {
        "language": document.language, "tongue": words.tongue, "point": words.number(0.5)[1], "filter": words.text("page.filter"),
        "title": clean(document.title), "points": document.points, "digest": _DIGEST,
        "script": _SCRIPT if any(block["kind"] == "table" for block in blocks) else "",
    }  # fmt: skip
    page: str = _template().render(blocks=blocks, fills=FILLS, head_fill=HEAD_FILL, **told)
    return page.encode()
