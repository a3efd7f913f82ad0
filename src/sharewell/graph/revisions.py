"""A folder as it stood at a revision of its git repository, written to a temporary folder."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sharewell.errors import InputError

_SECONDS = 60


@contextmanager
def at_revision(revision: str, folder: Path) -> Iterator[Path]:
    """The files below a folder as a revision has them, for as long as the context lasts.

    Raises InputError where there is no git, no repository, no such revision, or no such folder in it.
    """
    if revision.startswith("-"):
        raise InputError(f"'{revision}' is neither a folder nor a revision")
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    below = folder.resolve().relative_to(top.resolve()).as_posix()
    archive = _git(top, "archive", "--format=tar", commit, *([below] if below != "." else []))
    with tempfile.TemporaryDirectory(prefix="sharewell-") as name:
        _unpack(archive, Path(name))
        yield Path(name) / below


def _unpack(archive: bytes, target: Path) -> None:
    """Write the plain files of an archive; links are left out, as a source may not lead elsewhere."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            path = (target / member.name).resolve()
            file = tar.extractfile(member) if member.isfile() else None
            if file is not None and path.is_relative_to(target.resolve()):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(file.read())


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        raise InputError("git is needed to read a revision, and it cannot be run") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise InputError(f"no such revision or folder{': ' + reason[0] if reason else ''}", str(folder))
    return done.stdout
