"""What the documentation site has besides `docs`: pages of the project, the public names, contents as the first page lists them.

MkDocs calls it (``hooks`` of ``mkdocs.yml``); ``python -m mkdocs build --strict`` makes a site that needs no network.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

import waterdeal

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent
#: pages of the project that docs link to, by their place in the site; other files that they link to are read in the sources
PROJECT = {
    "README.md": "project/about.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
    "data/syrdarya/SOURCES.md": "project/sources.md",
}
_LINK = re.compile(r"\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")
_API = "reference/api.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the pages as ``index.md`` does: a part for each heading, each page once, under its own title."""
    parts: dict[str, list[str]] = {}
    for line in Path(config.docs_dir, "index.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            parts[line[3:].partition(":")[0]] = listed = []
        elif parts:
            listed += [link for link in _links(line) if link.endswith((".md", ".ipynb"))]
    parts["Reference"].insert(0, _API)
    parts["Project"] = list(PROJECT.values())
    config.nav = [{"Start": "index.md"}, *({title: list(dict.fromkeys(pages))} for title, pages in parts.items())]
    return config


def _links(line: str) -> list[str]:
    """Files that a line links to."""
    return [link[2] for link in _LINK.finditer(line)]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what lies outside of `docs`."""
    for name, target in PROJECT.items():
        files.append(File.generated(config, target, content=(ROOT / name).read_text(encoding="utf-8")))
    files.append(File.generated(config, _API, content=api_page()))
    return files


def api_page() -> str:
    """Reference of the public names, by the module that offers them."""
    lines = ["# Python", "", "`import waterdeal as wd`; every name that `dir(wd)` shows, in this order.", ""]
    modules = (waterdeal, waterdeal.studies, waterdeal.agreement, waterdeal.examples, waterdeal.plot)
    offered = {module.__name__.rpartition(".")[2] for module in modules}
    for module in modules:
        names = [name for name in sorted(module.__all__) if name[0] != "_" and name not in offered]
        lines += [f"## {module.__name__.replace('waterdeal', 'wd')}", "", *(f"::: {module.__name__}.{name}\n" for name in names)]
    return "\n".join(lines)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Lead links out of `docs` to the pages of the project, and links of these into `docs`; what is no page of the site stays a name."""
    source = page.file.src_uri
    own = {target: name for name, target in PROJECT.items()}.get(source)
    here = (ROOT / own if own else ROOT / "docs" / source).parent

    def led(link: re.Match[str]) -> str:
        text, to, place = link[1], link[2], link[3] or ""
        path = (here / to).resolve()
        if ":" in to or not path.is_relative_to(ROOT):
            return link[0]
        name = path.relative_to(ROOT).as_posix()
        if name in PROJECT:
            return f"[{text}]({posixpath.relpath(PROJECT[name], posixpath.dirname(source))}{place})"
        if not name.startswith("docs/") or path.is_dir():
            return text
        return f"[{text}]({posixpath.relpath(name.removeprefix('docs/'), posixpath.dirname(source))}{place})"

    return _LINK.sub(led, markdown)


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Lead links of tutorials, which are written as between sources, to the pages made of them."""
    return re.sub(r'href="((?!\w+:)[^"#]+)\.(?:md|ipynb)(?=["#])', r'href="\1.html', html) if page.file.src_uri.endswith(".ipynb") else html
