"""What pyoxigraph finds wrong in a document, as one clear sentence with file, line and column."""

from __future__ import annotations

import re

from sharewell.errors import InputError
from sharewell.graph.formats import Format

_PLACE = re.compile(r"Parser error [a-z0-9 ]*: ")
_LONGEST = 300
# Its words where they would puzzle the writer of a file.
_PLAINER = {
    "Unexpected end of file": "what begins here is never closed",
    "Unexpected end": "the file ends in the middle of a statement",
    "A dot is expected at the end of statements": "a '.', ';' or ',' is missing before this",
    "Quads must be followed by a dot": "a '.' is missing before this",
    "No scheme found in an absolute IRI": "a relative IRI, and no base to resolve it with: write the full IRI",
    "Only UTF-8 is supported by the RDF/XML parser": "the XML declaration names another encoding: save the file as "
    "UTF-8, and let its first line say so",
}


def input_error(error: SyntaxError, format: Format, file: str) -> InputError:
    """The InputError that says what a SyntaxError of pyoxigraph's parser says; it has no line for some formats."""
    words = _PLACE.sub("", error.msg, count=1)
    words = "".join(char if char.isprintable() or char == "\n" else f"U+{ord(char):04X}" for char in words)
    if len(words) > _LONGEST:
        words = words[:_LONGEST] + "…"
    return InputError(f"not valid {format.value}: {_PLAINER.get(words, words)}", file, error.lineno, error.offset)
