"""Checks of datasets and model folders. Torch-free: nothing in here may import torch or a library
that does, because `sbert-trainer validate` must start at once and in a small image.
"""
