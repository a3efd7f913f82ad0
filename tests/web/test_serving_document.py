"""What docs/serving.md shows is run, in its order, against a server started as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from servers import free_port
from test_docs import ROOT, shows

_BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_document_is_run(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8").replace("8040", str(free_port()))
    (_, start), (_, said), *blocks = _BLOCK.findall(text)
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = start.split()
    assert command[0] == "sharewell"
    server = subprocess.Popen(
        [sys.executable, "-m", "sharewell.cli", *command[1:]], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    output = ""
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == said
        names: dict[str, object] = {}
        for kind, content in blocks:
            if kind == "python":
                exec(content, names)
            elif kind == "sh":
                done = subprocess.run(
                    content.replace("sharewell ", f"{sys.executable} -m sharewell.cli ", 1)
                    if content.startswith("sharewell ")
                    else content,
                    shell=True,
                    cwd=tmp_path,
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=120,
                )
                assert (done.returncode, done.stderr) == (0, "")
                output = done.stdout if done.stdout.endswith("\n") else done.stdout + "\n"
            else:
                assert shows(content.splitlines(), output), output
        assert len(names["rows"]) == len(names["systems"]) > 5  # type: ignore[arg-type]
    finally:
        server.terminate()
        server.wait(30)
