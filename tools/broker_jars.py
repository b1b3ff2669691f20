"""The Java files of a Kafka broker, fetched once by Maven into a cache. Standard library only.

    python tools/broker_jars.py

The cache is ``PLEDGER_KAFKA_CACHE``, or else a folder named after the version in the user's cache
folder. Its folder ``libs`` appears in one step, when all of it is there. Two runs at once take
turns; the second finds the work done.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

#: The broker that the tests run on, and what it needs to write its log.
VERSION = "4.3.0"
ARTIFACTS = (
    ("org.apache.kafka", "kafka_2.13", VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3"),
    ("org.apache.logging.log4j", "log4j-core", "2.24.3"),
)
#: Seconds that Maven may take: some 45 megabytes, over any line.
PATIENCE = 900


class NoJars(Exception):
    """They are not in the cache, and could not be brought there; the text says why."""


def cache_folder() -> Path:
    """Where the files of this version are kept on this machine."""
    named = os.environ.get("PLEDGER_KAFKA_CACHE")
    if named:
        return Path(named)
    users = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(users) / "pledger" / f"kafka-{VERSION}"


def project() -> str:
    """What Maven is asked for: a project that is nothing but its dependencies."""
    wanted = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, name, version in ARTIFACTS
    )
    return (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        "<groupId>pledger</groupId><artifactId>broker</artifactId><version>1</version>"
        f"<dependencies>{wanted}</dependencies></project>"
    )


def fetch(folder: Path) -> None:
    """Has Maven copy them into ``folder/libs``, by way of a draft: a run that is interrupted
    leaves a draft for the next one to throw away, and no ``libs``."""
    draft = folder / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    (draft / "pom.xml").write_text(project(), encoding="utf-8")
    command = [
        *("mvn", "--batch-mode", "--quiet", "--file", str(draft / "pom.xml")),
        *("dependency:copy-dependencies", "-DincludeScope=runtime"),
        f"-DoutputDirectory={draft / 'libs'}",
    ]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise NoJars(f"Maven did not fetch Kafka {VERSION}: {problem}") from problem
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise NoJars(f"Maven could not fetch Kafka {VERSION} and said:\n{said}")
    (draft / "libs").replace(folder / "libs")
    shutil.rmtree(draft)


def jars(folder: Path) -> Path:
    """The folder of the Java files, filled first if it is not there. Raises `NoJars`."""
    libs = folder / "libs"
    if libs.is_dir():
        return libs
    if shutil.which("mvn") is None:
        raise NoJars(
            f"the Java files of Kafka {VERSION} are not in {folder} and there is no mvn to fetch"
            " them (on Debian: apt-get install maven)"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        # Let go of when this process ends, however it ends.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not libs.is_dir():
            fetch(folder)
    return libs


def main() -> int:
    """0 when they are there, 1 with a message when they could not be fetched."""
    try:
        sys.stdout.write(f"{jars(cache_folder())}\n")
    except NoJars as why:
        sys.stderr.write(f"{why}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
