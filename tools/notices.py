"""Says which packages an environment ships, under which licence, and where the licence's text lies.
Run when an image is made, by the environment's own Python.

    .venv/bin/python -I tools/notices.py ROOT > NOTICES
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

HEAD = """\
Pledger is under the Apache License 2.0: LICENSE, beside this file. It runs on the packages below,
which are others' work and come with their licences: the name of each, its licence, where it comes
from, and where the texts lie.

psycopg and psycopg-binary are under the GNU Lesser General Public License, version 3, and are used
as they were published. They may be replaced: they are a package like any other in
.venv/lib/python*/site-packages. Their source is at https://github.com/psycopg/psycopg. The GNU
General Public License, which that licence refers to, is deploy/licences/GPL-3.txt.

What the image's base brings (Debian, Python) has its own notices in /usr/share/doc/*/copyright.
"""

_TEXT = re.compile(r"(^|/)(licen[cs]e|notice|copying|authors)[^/]*$", re.IGNORECASE)


def texts(package: Distribution) -> list[Path]:
    """The files of a package that are licences and notices."""
    said = [file for file in package.files or () if ".dist-info/" in str(file)]
    return sorted(Path(str(file.locate())) for file in said if _TEXT.search(str(file)))


def licence(package: Distribution) -> str:
    """The name of a package's licence, as its metadata has it."""
    metadata = package.metadata
    classified = [
        text.rpartition(" :: ")[2]
        for text in metadata.get_all("Classifier") or ()
        if text.startswith("License :: ")
    ]
    named = metadata["License-Expression"] or " and ".join(classified) or metadata["License"]
    return str(named or "see the text").splitlines()[0]


def home_of(package: Distribution) -> str:
    """Where a package comes from."""
    for text in package.metadata.get_all("Project-URL") or ():
        label, _, address = text.partition(", ")
        if label.lower() in {"homepage", "home", "source", "repository", "code", "source code"}:
            return str(address)
    return str(package.metadata["Home-page"] or "the package index")


def notices(root: Path) -> Iterator[str]:
    """The lines of the whole text. ``root`` is the folder that the paths in it begin at."""
    yield HEAD
    for package in sorted(distributions(), key=lambda each: each.name.lower()):
        yield f"{package.name} {package.version}"
        yield f"    licence  {licence(package)}"
        yield f"    from     {home_of(package)}"
        yield from (f"    text     {path.relative_to(root)}" for path in texts(package))
        yield ""


if __name__ == "__main__":
    for line in notices(Path(sys.argv[1]).resolve()):
        print(line)  # noqa: T201 - the file that the image carries
