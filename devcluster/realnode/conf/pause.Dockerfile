# Holds a pod's namespaces and does nothing.
ARG PYTHON_IMAGE
FROM ${PYTHON_IMAGE}
ENTRYPOINT ["sleep", "infinity"]
