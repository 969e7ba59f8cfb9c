#!/bin/bash
# Process 1 of the node's namespaces (mounts, processes, network); devcluster.realnode.node starts it.
# Uses FOLDER, PROGRAMS, HOST_IP, NODE_IP, NODE, SERVICE_CIDR. All that it starts ends with it.
set -u
export PATH=$PROGRAMS:/usr/sbin:/sbin:$PATH HOME=$FOLDER
cd "$FOLDER"
mount -t proc proc /proc
mount --make-rshared /               # kubelet wants shared mounts; their peers end at this namespace
mount -t tmpfs -o mode=755 tmpfs /run
mount --bind varlog /var/log         # the kubelet's /var/log/pods and /var/log/containers
mount --bind kubelet /var/lib/kubelet
# The kubelet sets these for the whole machine: give it files of its own.
mkdir -p /run/sysctl /run/lock
for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops \
            kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  file=/run/sysctl/${name//\//.}
  cat "/proc/sys/$name" > "$file"
  mount --bind "$file" "/proc/sys/$name"
done
ip link set lo up
until ip link show eth0 >/dev/null 2>&1; do sleep 0.1; done
ip addr add "$NODE_IP/24" dev eth0
ip link set eth0 up
ip route add default via "$HOST_IP"
sysctl -qw net.ipv4.ip_forward=1     # of this network namespace

start() { # NAME PROGRAM WORD...: starts it again whenever it ends
  local name=$1; shift
  ( while :; do "$@" >> "log/$name.log" 2>&1 < /dev/null; sleep 1; done ) &
}
export OTEL_TRACES_EXPORTER=none     # the registry would look for a collector
start registry registry serve registry.yaml
start etcd etcd --data-dir etcd --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 \
  --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
start kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 \
  --advertise-address="$NODE_IP" --tls-cert-file=pki/server.crt --tls-private-key-file=pki/server.key \
  --client-ca-file=pki/ca.crt --token-auth-file=tokens.csv --authorization-mode=Node,RBAC \
  --service-account-issuer=https://kubernetes.default.svc \
  --service-account-key-file=pki/accounts.pub --service-account-signing-key-file=pki/accounts.key \
  --service-cluster-ip-range="$SERVICE_CIDR" --enable-admission-plugins=NodeRestriction \
  --allow-privileged=true --kubelet-preferred-address-types=InternalIP \
  --kubelet-client-certificate=pki/kubelet-client.crt \
  --kubelet-client-key=pki/kubelet-client.key --kubelet-certificate-authority=pki/ca.crt
start containerd containerd --config containerd.toml
until kubectl --kubeconfig kubeconfig get --raw /readyz >/dev/null 2>&1; do sleep 0.3; done
for name in kube-controller-manager kube-scheduler; do
  own=(--kubeconfig "$name.kubeconfig" --authentication-kubeconfig "$name.kubeconfig"
       --authorization-kubeconfig "$name.kubeconfig" --leader-elect=false)
  [ $name = kube-scheduler ] || own+=(--use-service-account-credentials --root-ca-file=pki/ca.crt
       --service-account-private-key-file=pki/accounts.key)
  start $name $name "${own[@]}"
done
start kubelet kubelet --config kubelet.yaml --kubeconfig kubelet.kubeconfig \
  --hostname-override="$NODE" --node-ip="$NODE_IP" --root-dir=/var/lib/kubelet
start kube-proxy kube-proxy --config kube-proxy.yaml
while :; do wait -n || sleep 1; done  # reaps what lost its parent; never ends
