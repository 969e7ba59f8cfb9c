"""A Git repository, an Application that follows it, and what Argo CD says of it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from devcluster.argocd import NAMESPACE
from devcluster.cluster import Cluster, Json, until

APPLICATION = "applications.argoproj.io"
REFRESH = "argocd.argoproj.io/refresh"
SYNC_SECONDS = 60.0
FOLDER = "tasks"


@dataclass(frozen=True)
class Delivery:
    """One Application, named like the namespace that it delivers to."""

    cluster: Cluster
    namespace: str
    repository: Path

    # Git

    def begin(self, *, server_side: bool = False) -> None:
        """Make the repository, and the Application of docs/gitops.md that follows it."""
        self.repository.mkdir(parents=True)
        self._git("init", "--quiet", "--initial-branch", "main")
        (self.repository / FOLDER).mkdir()
        self.cluster.apply(self._application(server_side))

    def commit(self, name: str, manifest: Json | None) -> str:
        """Commit a manifest, or its removal; return the revision."""
        file = self.repository / FOLDER / f"{name}.yaml"
        if manifest is None:
            file.unlink()
        else:
            file.write_text(yaml.safe_dump(manifest))
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", f"Change {name}")
        return self._git("rev-parse", "HEAD").strip()

    def deliver(self, name: str, manifest: Json | None) -> None:
        """Commit, and wait until Argo CD has brought it to the cluster."""
        revision = self.commit(name, manifest)
        self.refresh()
        self.wait_for(lambda status: sync_of(status) == ("Synced", revision))

    def _git(self, *words: str) -> str:
        who = ("-c", "user.name=team", "-c", "user.email=team@example.com")
        done = subprocess.run(
            ["git", "-C", self.repository, *who, *words], capture_output=True, text=True, check=True
        )
        return done.stdout

    # Argo CD

    def status(self) -> Json:
        """The Application's status as it is now."""
        found: Json = self.cluster.get(APPLICATION, self.namespace, NAMESPACE).get("status", {})
        return found

    def health(self, name: str) -> Json:
        """What Argo CD says of the health of a task."""
        for resource in self.status().get("resources", []):
            if resource["name"] == name:
                found: Json = resource.get("health", {})
                return found
        return {}

    def wait_for_health(self, name: str, status: str, seconds: float = SYNC_SECONDS) -> Json:
        """The health of a task as soon as it has this status."""

        def reached() -> Json | None:
            found = self.health(name)
            return found if found.get("status") == status else None

        return until(reached, f"{name} is {status} in Argo CD; it is {self.health(name)}", seconds)

    def wait_for(self, true: Any) -> Json:
        """The Application's status as soon as `true` of it."""
        found: Json = self.cluster.wait_for(
            APPLICATION,
            self.namespace,
            NAMESPACE,
            lambda application: true(application.get("status", {})),
            seconds=SYNC_SECONDS,
        )["status"]
        return found

    def refresh(self, how: str = "normal") -> None:
        """Ask for a refresh, as the UI's button does, and wait until it was made."""
        words = ("annotate", APPLICATION, self.namespace, "-n", NAMESPACE, "--overwrite")
        self.cluster.kubectl(*words, f"{REFRESH}={how}")

        def made() -> bool:
            found = self.cluster.get(APPLICATION, self.namespace, NAMESPACE)
            return REFRESH not in found["metadata"].get("annotations", {})

        until(made, "Argo CD has taken up the refresh", SYNC_SECONDS)

    def sync(self) -> None:
        """Sync all resources, as the UI's button does, and wait until that is over."""
        operation = {"initiatedBy": {"username": "admin"}, "sync": {"syncStrategy": {"apply": {}}}}
        patch = json.dumps({"operation": operation})
        words = ("patch", APPLICATION, self.namespace, "-n", NAMESPACE, "--type", "merge")
        before = self.status().get("operationState", {}).get("startedAt")
        self.cluster.kubectl(*words, "-p", patch)

        def over(status: Json) -> bool:
            state = status.get("operationState", {})
            return bool(state.get("startedAt") != before and state.get("phase") == "Succeeded")

        self.wait_for(over)

    def _application(self, server_side: bool) -> Json:
        annotations = {"argocd.argoproj.io/compare-options": "ServerSideDiff=true"}
        metadata = {"name": self.namespace, "namespace": NAMESPACE}
        return {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {**metadata, "annotations": annotations if server_side else {}},
            "spec": {
                "project": "default",
                "source": {
                    "repoURL": f"file://{self.repository}",
                    "targetRevision": "main",
                    "path": FOLDER,
                },
                "destination": {
                    "server": "https://kubernetes.default.svc",
                    "namespace": self.namespace,
                },
                "syncPolicy": {
                    "automated": {"prune": True, "selfHeal": True},
                    "syncOptions": ["ServerSideApply=true"] if server_side else [],
                },
            },
        }


def sync_of(status: Json) -> tuple[str, str]:
    """Synced or not, and at which revision."""
    sync = status.get("sync", {})
    return str(sync.get("status", "")), str(sync.get("revision", ""))


class Diary:
    """What an Application's sync status was, from now on; every change, however short."""

    def __init__(self, delivery: Delivery, file: Path) -> None:
        self.file = file
        words = ("get", APPLICATION, delivery.namespace, "-n", NAMESPACE, "--watch")
        form = "-o=jsonpath={.status.sync.status}{'\\n'}"
        with file.open("w") as output:
            self._kubectl = subprocess.Popen(
                [delivery.cluster.binary("kubectl"), *words, form],
                stdout=output,
                env=delivery.cluster.environ,
            )
        until(file.read_text, "kubectl watches the Application")

    def close(self) -> set[str]:
        """What was seen."""
        self._kubectl.terminate()
        self._kubectl.wait(timeout=10)
        return set(self.file.read_text().split())
