"""The frame of a page: one HTML document with nothing to load and no scripts, for WCAG 2.1 AA."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from sharewell.graph.terms import printable

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# Every pair of colours has a contrast of 4.5 or more (WCAG 2.1, success criterion 1.4.3); a test computes it.
_STYLE = """
html { font: 100%/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; color: #1b1b1b; background: #ffffff; }
body { margin: 0 auto; max-width: 76rem; padding: 0 1rem 3rem; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 1.5rem 0 .25rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 .5rem; border-bottom: 2px solid #1b1b1b; }
h3 { font-size: 1.1rem; margin: 1.75rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 50rem; }
a { color: #0b4a8f; }
a:focus-visible, .wide:focus-visible { outline: 3px solid #0b4a8f; outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; padding: .5rem 1rem; color: #ffffff; background: #0b4a8f; }
.notice { padding: .5rem .75rem; border-left: 4px solid #0b4a8f; color: #1b1b1b; background: #eef3f9; max-width: none; }
.wide { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: #444444; background: #ffffff; padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border: 1px solid #8a8a8a; font-weight: normal; }
thead th { font-weight: bold; color: #1b1b1b; background: #ececec; }
td.number { text-align: right; }
.summary { width: auto; }
ul { margin: .25rem 0; padding-left: 1.25rem; }
code { font: .9em/1.4 ui-monospace, Menlo, Consolas, monospace; }
.small { color: #444444; background: #ffffff; font-size: .9rem; }
.verdict { display: inline-block; padding: 0 .4rem; border: 1px solid currentcolor; white-space: nowrap; }
.violated { color: #8a1414; background: #fdeeee; }
.not-evidenced { color: #5f4300; background: #fff5da; }
.satisfied { color: #15562a; background: #e8f5ec; }
.not-applicable { color: #444444; background: #f2f2f2; }
footer { margin-top: 3rem; border-top: 1px solid #8a8a8a; padding-top: .5rem; }
@media (max-width: 40rem) { .findings { min-width: 44rem; } }
@media print {
  body { max-width: none; padding: 0; }
  .skip, nav { display: none; }
  .wide { overflow: visible; }
  .findings { min-width: 0; }
  thead { display: table-header-group; }
  tr, h2, h3 { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
}
"""


def document(
    title: str,
    heading: str,
    lead: str,
    sections: Mapping[str, tuple[str, str]],
    foot: str,
    invented: bool = False,
) -> str:
    """A page of sections: by anchor, the name of each and its HTML; empty ones are left out.

    `title`, `heading` and `lead` are plain text; `foot` is HTML. `invented` says that the data is no fact.
    """
    shown = {key: (name, content) for key, (name, content) in sections.items() if content}
    links = "".join(f'<li><a href="#{key}">{name}</a></li>' for key, (name, _) in shown.items())
    body = "\n".join(
        f'<section aria-labelledby="{key}">\n<h2 id="{key}">{name}</h2>\n{content}\n</section>'
        for key, (name, content) in shown.items()
    )
    kind = '<p class="notice">This is an illustration: the data is invented, not facts.</p>\n' if invented else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{text(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the findings</a>
<header>
<h1>{text(heading)}</h1>
<p>{text(lead)}</p>
{kind}</header>
<nav aria-label="On this page">
<ul>{links}</ul>
</nav>
<main id="main" tabindex="-1">
{body}
</main>
<footer>
{foot}
</footer>
</body>
</html>"""


def text(words: str) -> str:
    """Words as HTML shows them; characters that cannot be seen are written as escapes."""
    return escape(printable(words))
