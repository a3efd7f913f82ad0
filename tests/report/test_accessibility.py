"""The page: its structure and colours by WCAG 2.1 AA, and a real browser where there is one."""

from __future__ import annotations

import itertools
import re
import shutil
import struct
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sharewell.report import html, page
from sharewell.report.checks import CheckReport

_VOID = {"meta", "br", "link", "img", "hr"}


class _Outline(HTMLParser):
    """The elements of a page in their order, each with its attributes and those around it."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), tuple(self.open)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.elements if name == tag]


@pytest.fixture(scope="module")
def outline(report: CheckReport) -> _Outline:
    parsed = _Outline()
    parsed.feed(page.check_html(report, everything=True))
    assert parsed.open == []
    return parsed


def test_the_page_has_language_title_landmarks_and_a_way_past_them(outline: _Outline) -> None:
    assert outline.all("html") == [{"lang": "en"}]
    for tag in ("title", "h1", "header", "nav", "main", "footer"):
        assert len(outline.all(tag)) == 1, tag
    assert outline.all("a")[0] == {"class": "skip", "href": "#main"}
    assert outline.all("main")[0]["id"] == "main"


def test_headings_step_down_one_at_a_time(outline: _Outline) -> None:
    levels = [int(tag[1]) for tag, _, _ in outline.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_tables_have_captions_and_headers_with_scope(outline: _Outline) -> None:
    assert len(outline.all("caption")) == len(outline.all("table")) > 5
    assert {cell.get("scope") for cell in outline.all("th")} == {"col", "row"}
    regions = [div for div in outline.all("div") if div.get("class") == "wide"]
    assert all(region["tabindex"] == "0" and region["aria-label"] for region in regions)


def test_links_lead_somewhere_and_names_are_given_once(outline: _Outline) -> None:
    names = [attributes["id"] for _, attributes, _ in outline.elements if "id" in attributes]
    assert len(names) == len(set(names))
    targets = {str(link["href"]) for link in outline.all("a")}
    assert targets <= {f"#{name}" for name in names}


def test_nothing_is_loaded_and_nothing_runs(outline: _Outline) -> None:
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _, _ in outline.elements}
    assert not any(key.startswith("on") or key == "src" for _, attributes, _ in outline.elements for key in attributes)


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1, section "Terms")."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_pair_of_colours_can_be_read() -> None:
    pairs = []
    for rule in re.findall(r"\{([^{}]*)\}", html._STYLE):
        colour = re.search(r"(?<![\w-])color: (#\w{6})", rule)
        ground = re.search(r"background: (#\w{6})", rule)
        if colour:
            pairs.append((colour[1], ground[1] if ground else "#ffffff"))
    assert len(pairs) > 8
    for colour, ground in pairs:
        lighter, darker = sorted((_luminance(colour), _luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (colour, ground)


@pytest.mark.browser
def test_a_browser_shows_the_page(report: CheckReport, tmp_path: Path) -> None:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no Chromium is installed")
    file, picture = tmp_path / "report.html", tmp_path / "report.png"
    file.write_text(page.check_html(report), encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    command = [browser, *flags.split(), f"--user-data-dir={tmp_path / 'profile'}"]
    options = ["--window-size=1000,1400", "--hide-scrollbars"]
    subprocess.run([*command, *options, f"--screenshot={picture}", file.as_uri()], timeout=180, check=True)
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (1000, 1400)
    shown = subprocess.run([*command, "--dump-dom", file.as_uri()], timeout=180, check=True, capture_output=True).stdout
    parsed = _Outline()
    parsed.feed(shown.decode())
    assert len(parsed.all("table")) == page.check_html(report).count("<table")
    assert not parsed.all("script")
