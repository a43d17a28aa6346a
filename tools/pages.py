"""The documentation as HTML that a browser reads from a folder, without any network."""

from __future__ import annotations

import html
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.token import Token

#: endings of what becomes a page
_PAGES = {".md", ".ipynb"}
_OUTSIDE = re.compile(r"[a-z]+:|#")
_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}pre{background:#f4f4f4;padding:.7em;overflow:auto}"
    "code{font-size:.9em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2em .6em;vertical-align:top}"
)


def write_pages(root: Path, starts: Iterable[str], out: Path) -> list[str]:
    """Write pages, and all that their links lead to, under the same names; return the links that lead nowhere."""
    due, done, lost = [Path(name) for name in starts], set(), []
    while due:
        name = due.pop()
        if name in done:
            continue
        done.add(name)
        source, target = root / name, out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.suffix not in _PAGES:
            shutil.copyfile(source, target)
        else:
            text, links = _page(source)
            target.with_suffix(".html").write_text(text, encoding="utf-8")
            for link in links:
                path = (source.parent / link).resolve()
                if path.exists() and path.is_relative_to(root.resolve()):
                    due.append(path.relative_to(root.resolve()))
                else:
                    lost.append(f"{name}: {link}")
    return lost


def _page(source: Path) -> tuple[str, list[str]]:
    """Make the page of a file, and return with it the files that it links to."""
    text = source.read_text(encoding="utf-8")
    markdown = MarkdownIt("commonmark").enable("table")
    links: list[str] = []
    if source.suffix == ".md":
        body = _render(markdown, text, links)
    else:
        body = "\n".join(_cell(markdown, cell, links) for cell in json.loads(text)["cells"])
    title = re.search(r"<h1[^>]*>(.*?)</h1>", body)
    name = re.sub("<[^>]*>", "", title[1]) if title else html.escape(source.stem)
    head = f'<!doctype html>\n<html><head><meta charset="utf-8"><title>{name}</title><style>{_STYLE}</style></head>'
    return f"{head}\n<body>\n{body}\n</body></html>\n", links


def _render(markdown: MarkdownIt, text: str, links: list[str]) -> str:
    """Render Markdown: headings get the names by which links ask for them, links to pages lead to their HTML."""
    tokens = markdown.parse(text)
    taken: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrs["id"] = _anchor(tokens[at + 1].content, taken)
        for part in token.children or ():
            _lead(part, links)
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _anchor(heading: str, taken: dict[str, int]) -> str:
    """Name a heading as links ask for it: small letters, no punctuation, hyphens for spaces, a number where a name is taken."""
    name = re.sub(r"[^\w\- ]", "", re.sub(r"\]\(.*?\)", "", heading).lower()).replace(" ", "-")
    taken[name] = taken.get(name, -1) + 1
    return f"{name}-{taken[name]}" if taken[name] else name


def _lead(part: Token, links: list[str]) -> None:
    """Note what a link or picture leads to, and lead it to the page of it."""
    key = {"link_open": "href", "image": "src"}.get(part.type)
    address = str(part.attrs.get(key, "")) if key else ""
    if not address or _OUTSIDE.match(address):
        return
    file, mark, place = address.partition("#")
    links.append(unquote(file))
    path = Path(file)
    part.attrs[str(key)] = (path.with_suffix(".html").as_posix() if path.suffix in _PAGES else file) + mark + place


def _cell(markdown: MarkdownIt, cell: dict[str, Any], links: list[str]) -> str:
    """Render a cell of a notebook with what it gave."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return _render(markdown, source, links)
    parts = [f"<pre><b>{html.escape(source)}</b></pre>"]
    for given in cell.get("outputs", ()):
        data = given.get("data", {"text/plain": given.get("text", "")})
        if "image/png" in data:
            parts.append(f'<img alt="" src="data:image/png;base64,{"".join(data["image/png"]).strip()}">')
        else:
            parts.append(f"<pre>{html.escape(''.join(data['text/plain']))}</pre>")
    return "\n".join(parts)
