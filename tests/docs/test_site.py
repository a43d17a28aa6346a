"""The documentation site: made without a warning, read and searched from a folder, with nothing from the network."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

import waterdeal as wd
from tests.browser import browser
from tests.docs.pages import DOCS
from tests.thorough import made_once

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.thorough
#: what a page may load that is no file beside it
_INLINE = re.compile(r"data:image/|about:")


class Links(HTMLParser):
    """What a page leads to, what it loads, and the names of its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.leads: list[str] = []
        self.loads: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        given = dict(attrs)
        self.places.add(given.get("id") or "")
        self.leads += [given["href"] or ""] if tag == "a" and "href" in given else []
        self.loads += [given["href"] or ""] if tag == "link" and (given.get("rel") or "") in {"stylesheet", "icon"} else []
        self.loads += [given["src"]] if given.get("src") else []


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made once: a warning, such as a link that leads nowhere, fails."""
    pytest.importorskip("mkdocs", reason='the site is made by pip install -e ".[dev]"')
    from tools.bundle import build_site

    def make() -> Path:
        folder = tmp_path_factory.mktemp("site") / "site"
        build_site(folder)
        return folder

    return made_once(tmp_path_factory, "site", make)


def test_every_page_is_there_and_every_link_leads_somewhere(site: Path) -> None:
    """Each page of `docs` is in the contents; nothing is loaded from elsewhere; links lead to files and places that are there."""
    pages = {path: Links(path.read_text(encoding="utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    made = {path.relative_to(site).with_suffix("").as_posix() for path in pages}
    assert made >= {path.relative_to(DOCS).with_suffix("").as_posix() for kind in ("md", "ipynb") for path in DOCS.rglob(f"*.{kind}")}
    contents = {(site / lead.partition("#")[0]).resolve() for lead in pages[site / "index.html"].leads if ":" not in lead}
    assert contents >= {path for path in pages if path.parent != site}
    lost = []
    for page, found in pages.items():
        loads = [load for load in found.loads if not _INLINE.match(load)]
        lost += [f"{page.name} loads {load}" for load in loads if ":" in load or not (page.parent / load.partition("?")[0]).is_file()]
        for lead in found.leads:
            file, _, place = lead.partition("#")
            target = (page.parent / file).resolve() if file else page
            if not re.match("[a-z]+:", lead) and not (target.exists() and (not place or place in pages[target].places)):
                lost.append(f"{page.relative_to(site)} leads to {lead}")
    assert not lost, lost[:20]


def test_every_public_name_has_its_place(site: Path) -> None:
    """The reference of Python has what `dir(wd)` and the modules that it offers show."""
    places = Links((site / "reference" / "api.html").read_text(encoding="utf-8")).places
    modules = {"agreement", "examples", "plot", "studies"}
    names = {f"waterdeal.{name}" for name in wd.__all__ if name not in {*modules, "__version__"}}
    names |= {f"waterdeal.{module}.{name}" for module in modules for name in getattr(wd, module).__all__}
    assert sorted(name for name in names if name not in places) == []


def test_search_works_from_a_folder(site: Path) -> None:
    """In a browser, opened as a file: words are found in English and in Russian, with no error and no request that leaves the folder."""
    with browser() as page:
        page.page.goto((site / "index.html").as_uri())
        field = page.page.locator("input.md-search__input")
        field.click()
        page.page.locator(".md-search-result__meta", has_text="Type to start").wait_for(timeout=60_000)
        for word in ("Toktogul", "бассейна"):
            field.fill("")
            field.press_sequentially(word)
            field.press("End")  # letters that no key of the driver has come without one
            page.page.locator(".md-search-result__item").filter(has_text=word).first.wait_for(timeout=20_000)
        assert page.left == []
        assert page.errors == []
