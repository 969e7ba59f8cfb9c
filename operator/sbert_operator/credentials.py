"""How to reach the API server: in a pod the ServiceAccount, elsewhere KUBECONFIG.

The one source for our client and for Kopf's login. It must never hand out an empty token: the API
server takes such a request for an anonymous one and answers 403, not 401.
"""

import os
import ssl
from dataclasses import dataclass

import kubernetes.client
import kubernetes.config

from sbert_operator.errors import CredentialsError


@dataclass(frozen=True)
class Credentials:
    """Where the API server is and who we are: a token, or a client certificate."""

    server: str
    ca_file: str | None
    verify: bool
    token: str
    certificate_file: str | None
    key_file: str | None

    def tls(self) -> ssl.SSLContext | bool:
        """What aiohttp needs for the connection; False where the kubeconfig says not to verify."""
        if not self.verify and not self.certificate_file:
            return False
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.certificate_file:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context


def load() -> Credentials:
    """Read them anew. It reads files and may run a login plugin: not for the event loop.

    Raises CredentialsError.
    """
    found = kubernetes.client.Configuration()
    file = os.environ.get("KUBECONFIG")
    try:
        if "KUBERNETES_SERVICE_HOST" in os.environ and not file:
            kubernetes.config.load_incluster_config(found)  # type: ignore[no-untyped-call]
        else:
            kubernetes.config.load_kube_config(file, client_configuration=found)  # type: ignore[no-untyped-call]
    except (kubernetes.config.ConfigException, OSError, ValueError) as error:
        raise CredentialsError(
            f"no credentials for the Kubernetes API: {error}; run in a pod with a mounted"
            " ServiceAccount token, or set KUBECONFIG"
        ) from error
    credentials = Credentials(
        server=found.host.rstrip("/"),
        ca_file=found.ssl_ca_cert,
        verify=found.verify_ssl,
        token=_token(found),
        certificate_file=found.cert_file,
        key_file=found.key_file,
    )
    if not credentials.token and not credentials.certificate_file:
        raise CredentialsError(
            f"no credentials for {credentials.server}: expected a token or a client certificate,"
            " found neither (or an empty token file)"
        )
    return credentials


def _token(found: kubernetes.client.Configuration) -> str:
    header = found.api_key.get("BearerToken") or found.api_key.get("authorization") or ""
    scheme, _, token = header.partition(" ")
    return (token if scheme.lower() == "bearer" else header).strip()
