"""What goes wrong because of the input, said in one line."""

from __future__ import annotations


class InputError(Exception):
    """Input or a call that cannot be used; `str()` is one clear line with file, line and column where known.

    `line` and `column` count from 1, columns in characters.
    """

    def __init__(
        self, message: str, file: str | None = None, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return " ".join(f"{place}: {self.message}".split() if place else self.message.split())
