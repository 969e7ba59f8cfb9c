"""The contract of sbert-operator: custom resources, reasons, exit codes, what a trainer says.

Operator, trainer, chart and documentation read it; it must never import kopf, kubernetes or torch.
"""
