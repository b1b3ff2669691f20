"""A Kafka broker of one's own: one node, that is its own controller, on the loopback interface."""

from __future__ import annotations

import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.servers.process import ServerProcess, free_ports
from tests.servers.topics import answers
from tools.broker_jars import NoJars, cache_folder, jars

#: Small, and as strict as a broker for a ledger: no topic comes into being by a misspelt name.
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "inter.broker.listener.name": "CLIENT",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # Members join and leave at once here, and are missed soon.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",
    # Killed, it is forgotten soon, and so let in again soon.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    # The default keeps 128 MB for a cleaner that has nothing to clean.
    "log.cleaner.dedupe.buffer.size": str(4 << 20),
    "num.network.threads": "2",
    "num.io.threads": "4",
}
CLUSTER = "cGxlZGdlci10ZXN0cy0wMQ"
LOGGING = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c{1})%n
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
"""


#: Quick to start rather than quick to run: a test is over before the second pays.
QUICK_JAVA = ("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


class NoBroker(Exception):
    """There is nothing to make a broker of; the text says what is missing."""


class Broker:
    """Stops and comes back on the same port with the same data. `start` it in a thread that stays
    as long as it is wanted."""

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] | None = None,
        java: Sequence[str] = QUICK_JAVA,
    ) -> None:
        """Raises `NoBroker` where Java or Kafka is not to be had."""
        if shutil.which("java") is None:
            raise NoBroker("there is no java (on Debian: apt-get install default-jre-headless)")
        try:
            libs = jars(cache_folder())
        except NoJars as why:
            raise NoBroker(str(why)) from why
        port, control = free_ports(2)
        self.address = f"127.0.0.1:{port}"
        self.process = ServerProcess("Kafka", folder / "log")
        self._properties = folder / "server.properties"
        self._logging = folder / "log4j2.properties"
        self._data = folder / "data"
        self._java = [
            *("java", *java),
            f"-Dlog4j2.configurationFile={self._logging}",
            *("-cp", f"{libs}/*"),
        ]
        self._write(port, control, settings or {})

    def _write(self, port: int, control: int, settings: Mapping[str, str]) -> None:
        places = {
            "listeners": f"CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{control}",
            "advertised.listeners": f"CLIENT://127.0.0.1:{port}",
            "controller.quorum.voters": f"1@127.0.0.1:{control}",
            "log.dirs": str(self._data),
        }
        lines = [f"{key}={value}\n" for key, value in (SETTINGS | places | dict(settings)).items()]
        self._properties.write_text("".join(lines), encoding="utf-8")
        self._logging.write_text(LOGGING, encoding="utf-8")

    def start(self) -> Self:
        """Up, and answering."""
        if not self._data.exists():
            tool = ("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self._properties)
            done = subprocess.run(
                [*self._java, *map(str, tool)], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"formatting:\n{done.stdout}\n{done.stderr}"
        self.process.launch([*self._java, "kafka.Kafka", self._properties])
        self.process.wait_until(lambda: answers(self.address))
        return self

    def stop(self) -> None:
        """In order: what it holds is on the disk, and its clients are told."""
        self.process.stop(signal.SIGTERM)

    def kill(self) -> None:
        """As if the power had gone."""
        self.process.kill()

    def pause(self) -> None:
        """It hangs, its connections open."""
        self.process.pause()

    def resume(self) -> None:
        """It goes on where it hung."""
        self.process.resume()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        # Nobody reads its data afterwards: no need to put it in order.
        self.process.kill()
