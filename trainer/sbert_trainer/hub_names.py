"""What a base model is called outside of a model volume."""


def hub_id(model_tag: str) -> str | None:
    """The id on a model hub, org/name, of a folder of a hub cache; None for any other folder."""
    kind, *names = model_tag.split("--")
    return "/".join(names) if kind == "models" and len(names) in (1, 2) and all(names) else None


def short_name(model_tag: str) -> str:
    """The last part of a model's name."""
    return model_tag.rpartition("/")[2].rpartition("--")[2] or model_tag
