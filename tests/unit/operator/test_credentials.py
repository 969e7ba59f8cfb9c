"""Where the API server is and who we are, from a pod's files or a kubeconfig."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.config import incluster_config

from sbert_operator import credentials
from sbert_operator.errors import CredentialsError


@pytest.fixture
def in_pod(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files and variables that a pod has; its folder."""
    (tmp_path / "token").write_text("secret\n")
    (tmp_path / "ca.crt").write_text("certificate")
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr(incluster_config, "SERVICE_TOKEN_FILENAME", str(tmp_path / "token"))
    monkeypatch.setattr(incluster_config, "SERVICE_CERT_FILENAME", str(tmp_path / "ca.crt"))
    return tmp_path


def kubeconfig(folder: Path, user: dict[str, Any], **cluster: Any) -> Path:
    file = folder / "config"
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:6443/", **cluster}}],
        "users": [{"name": "u", "user": user}],
    }
    file.write_text(yaml.safe_dump(content))
    return file


def test_a_pod_uses_its_service_account(in_pod: Path) -> None:
    found = credentials.load()
    assert (found.server, found.token) == ("https://10.0.0.1:443", "secret")
    assert found.ca_file == str(in_pod / "ca.crt")


@pytest.mark.parametrize("content", ["", "  \n"], ids=["empty", "blank"])
def test_an_empty_token_is_refused(in_pod: Path, content: str) -> None:
    (in_pod / "token").write_text(content)
    with pytest.raises(CredentialsError, match="no credentials"):
        credentials.load()


def test_a_changed_token_is_seen_by_the_next_load(in_pod: Path) -> None:
    credentials.load()
    (in_pod / "token").write_text("rotated")
    assert credentials.load().token == "rotated"


def test_kubeconfig_wins_over_the_pod(
    in_pod: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, {"token": "mine"})))
    found = credentials.load()
    assert (found.server, found.token) == ("https://127.0.0.1:6443", "mine")


def test_a_token_file_is_read_at_each_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tmp_path / "t"
    token.write_text("one")
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, {"tokenFile": str(token)})))
    assert credentials.load().token == "one"
    token.write_text("two")
    assert credentials.load().token == "two"


def test_a_user_without_anything_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, {})))
    with pytest.raises(CredentialsError, match="expected a token or a client certificate"):
        credentials.load()


def test_no_configuration_at_all_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "absent"))
    with pytest.raises(CredentialsError, match="set KUBECONFIG"):
        credentials.load()


def test_the_servers_certificate_is_checked_unless_the_kubeconfig_says_not_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kubeconfig(tmp_path, {"token": "t"}, **{"insecure-skip-tls-verify": True})
    monkeypatch.setenv("KUBECONFIG", str(file))
    assert credentials.load().tls() is False
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(tmp_path, {"token": "t"})))
    checked = credentials.load().tls()
    assert isinstance(checked, ssl.SSLContext)
    assert checked.verify_mode is ssl.CERT_REQUIRED
