"""The real node's certificates: one authority, the servers' pair, the API server's own to kubelets.

Made anew with each node, by the openssl program.
"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from ..errors import DevClusterError

if TYPE_CHECKING:
    from pathlib import Path

_DAYS = "30"


def make_certificates(pki: Path, addresses: list[str], node: str) -> None:
    """Write them into `pki`, with the keys of the service accounts. Raises DevClusterError."""
    authority = ["-x509", "-days", _DAYS, "-subj", "/CN=realnode", "-out", "ca.crt"]
    _openssl(pki, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", *authority)
    names = [*(f"IP:{address}" for address in addresses), f"DNS:{node}", "DNS:localhost"]
    _leaf(pki, "server", "/CN=realnode", f"subjectAltName={','.join(names)}")
    client = "extendedKeyUsage=clientAuth"
    _leaf(pki, "kubelet-client", "/O=system:masters/CN=kube-apiserver", client)
    _openssl(pki, "genrsa", "-out", "accounts.key", "2048")
    _openssl(pki, "rsa", "-in", "accounts.key", "-pubout", "-out", "accounts.pub")


def _leaf(pki: Path, name: str, subject: str, extension: str) -> None:
    request = ["-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", f"{name}.key"]
    _openssl(pki, "req", *request, "-out", f"{name}.csr")
    (pki / f"{name}.ext").write_text(extension)
    signer = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", _DAYS]
    files = ["-in", f"{name}.csr", "-extfile", f"{name}.ext", "-out", f"{name}.crt"]
    _openssl(pki, "x509", "-req", *signer, *files)


def _openssl(pki: Path, *words: str) -> None:
    done = subprocess.run(["openssl", *words], cwd=pki, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DevClusterError(f"openssl {words[0]} failed: {done.stderr.strip()}")
