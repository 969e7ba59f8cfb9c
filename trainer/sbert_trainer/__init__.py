"""The trainer of sbert-operator: fine-tunes one sentence-transformers model in a Job's pod.

It talks to nobody: no network, no API server. It must never import kopf, kubernetes or the
operator.
"""
