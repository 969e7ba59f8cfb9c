"""The operator: it turns a TrainingTask into a Job and reports what became of it.

It must never import torch or the trainer, nor keep anything that it cannot read again from the API.
"""
