"""``deploy/nginx/pledger.conf`` as it is, by other names and at other ports, before processes that
serve a home."""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.helpers import ROOT, skip_or_fail
from tests.http.certificates import Files
from tests.servers.process import ServerProcess, free_ports, server_folder

SITE = ROOT / "deploy" / "nginx" / "pledger.conf"
#: What stands around a site.
AROUND = """\
pid {folder}/pid;
worker_processes 1;
error_log stderr;
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/pledger.conf;
}}
"""


def nginx() -> str:
    """The program; the test is skipped, or fails under CI, where it is not installed."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    return shutil.which("nginx", path=path) or skip_or_fail("no nginx is installed")


def site(ports: Mapping[str, int], instances: Sequence[str], files: Files) -> str:
    """The site for ``localhost``, with this machine's ``http`` and ``https`` port, instances and
    certificate."""
    text = SITE.read_text(encoding="utf-8")
    servers = "".join(f"    server {urlsplit(one).netloc};\n" for one in instances)
    text, count = re.subn(
        r"(?:^ {4}server 127\.0\.0\.1:\d+;\n)+", servers, text, flags=re.MULTILINE
    )
    assert count == 1
    # A machine may be without IPv6.
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    for before, after in (
        ("https://pledger.example", f"https://localhost:{ports['https']}"),
        ("pledger.example", "localhost"),
        ("listen 80;", f"listen 127.0.0.1:{ports['http']};"),
        ("listen 443 ", f"listen 127.0.0.1:{ports['https']} "),
        ("/etc/ssl/pledger/certificate.pem", str(files.certificate)),
        ("/etc/ssl/pledger/key.pem", str(files.key)),
    ):
        assert before in text
        text = text.replace(before, after)
    return text


@contextmanager
def proxied(instances: Sequence[str], files: Files) -> Iterator[tuple[str, str]]:
    """The addresses without and with TLS of an nginx that stands before the instances."""
    program = nginx()
    ports = dict(zip(("http", "https"), free_ports(2), strict=True))
    with server_folder() as folder:
        (folder / "pledger.conf").write_text(site(ports, instances, files), encoding="utf-8")
        whose = "user root;\n" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(whose + AROUND.format(folder=folder), encoding="utf-8")
        process = ServerProcess("nginx", folder / "log")
        process.launch([program, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf",
                        "-g", "daemon off;"])  # fmt: skip
        try:
            process.wait_until(
                lambda: (folder / "pid").exists() and bool(folder.joinpath("pid").read_text())
            )
            yield f"http://localhost:{ports['http']}", f"https://localhost:{ports['https']}"
            process.stop(signal.SIGTERM)
        finally:
            process.kill()
