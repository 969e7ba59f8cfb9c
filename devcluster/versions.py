"""The programs of the dev cluster and of the tests: versions, packages, and how each is built."""

from __future__ import annotations

from dataclasses import dataclass, replace

_GIT_VERSION = "k8s.io/component-base/version.git"


@dataclass(frozen=True)
class Component:
    """Programs that are built together from one Go module of this folder."""

    name: str
    version: str
    module: str
    """Folder with go.mod and go.sum, below devcluster/."""
    packages: dict[str, str]
    """Program -> Go package."""
    seconds: int
    """How long a build without any cache took on 2 cores."""
    ldflags: str = "-s -w"
    tags: str = ""
    """Go's build tags."""


KUBERNETES = Component(
    name="kubernetes",
    version="v1.37.2",
    module="kubernetes",
    packages={
        name: f"k8s.io/kubernetes/cmd/{name}"
        for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl")
    },
    seconds=380,
    ldflags=f"-s -w -X {_GIT_VERSION}Version=v1.37.2 -X {_GIT_VERSION}Major=1"
    f" -X {_GIT_VERSION}Minor=37",
)
KUBELET = replace(
    KUBERNETES,
    name="kubelet",
    packages={name: f"k8s.io/kubernetes/cmd/{name}" for name in ("kubelet", "kube-proxy")},
    seconds=120,
)
ETCD = Component(
    name="etcd",
    version="v3.7.0",
    module="kubernetes",
    packages={"etcd": "go.etcd.io/etcd/server/v3"},
    seconds=30,
)
KWOK = Component(
    name="kwok",
    version="v0.8.0",
    module="kwok",
    packages={name: f"sigs.k8s.io/kwok/cmd/{name}" for name in ("kwokctl", "kwok")},
    seconds=120,
)
HELM = Component(
    name="helm",
    version="v4.3.1",
    module="helm",
    packages={"helm": "helm.sh/helm/v4/cmd/helm"},
    seconds=180,
    ldflags="-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1",
)
COMPONENTS = (KUBERNETES, ETCD, KWOK, HELM)
PROMTOOL = Component(
    name="promtool",
    version="v3.15.1",
    module="promtool",
    packages={"promtool": "github.com/prometheus/prometheus/cmd/promtool"},
    seconds=180,
    ldflags="-s -w -X github.com/prometheus/common/version.Version=3.15.1",
    tags="remove_all_sd",  # of the service discoveries, the most of it, the tests need none
)
KUBE_SCORE = Component(
    name="kube-score",
    version="v1.20.0",
    module="kubescore",
    packages={"kube-score": "github.com/zegl/kube-score/cmd/kube-score"},
    seconds=120,
    ldflags="-s -w -X main.version=1.20.0",
)
ARGOCD = Component(
    name="argocd",
    version="v3.5.7",
    module="argocd",
    packages={"argocd": "."},
    seconds=240,
    ldflags="-s -w",
)
REGISTRY = Component(
    name="registry",
    version="v3.1.2",
    module="registry",
    packages={"registry": "github.com/distribution/distribution/v3/cmd/registry"},
    seconds=120,
)
TOOLS = (PROMTOOL, KUBE_SCORE)
"""Not of the cluster; tests need them."""
NODE_TOOLS = (KUBELET, REGISTRY)
"""What a real node has beside the control plane."""
