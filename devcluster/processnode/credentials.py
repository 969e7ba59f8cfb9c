"""Server, CA and client certificate of a kubeconfig, and the TLS contexts made of them."""

from __future__ import annotations

import base64
import ssl
import tempfile
from pathlib import Path
from typing import Any

import yaml


class Credentials:
    """What a kubeconfig of one cluster and one user says, as files (which is what `ssl` wants)."""

    def __init__(self, kubeconfig: Path) -> None:
        """Read the file; certificates that it holds inline go to a temporary folder."""
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self._folder = tempfile.TemporaryDirectory(prefix="processnode-")
        self.server: str = cluster["server"]
        self._ca = self._file(cluster, "certificate-authority")
        self._certificate = self._file(user, "client-certificate")
        self._key = self._file(user, "client-key")

    def _file(self, section: dict[str, Any], name: str) -> str:
        if name in section:
            return str(section[name])
        path = Path(self._folder.name, name)
        path.write_bytes(base64.b64decode(section[f"{name}-data"]))
        return str(path)

    def client_context(self) -> ssl.SSLContext:
        """Return the context for requests to the API server."""
        context = ssl.create_default_context(cafile=self._ca)
        context.load_cert_chain(self._certificate, self._key)
        return context

    def server_context(self) -> ssl.SSLContext:
        """Return the context for the log endpoint: only clients of the cluster's CA may connect."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self._ca)
        context.load_cert_chain(self._certificate, self._key)
        context.verify_mode = ssl.CERT_REQUIRED
        return context
