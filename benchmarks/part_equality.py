"""How far the losses of both sides are apart when dropout is off: step by step, same batches."""

from typing import Any

from benchmarks.side import Setup, Side


def measure_equality(setup: Setup, steps: int) -> dict[str, Any]:
    """The losses of the first `steps` steps, and the largest difference."""
    losses: dict[str, list[float]] = {}
    commands = {
        "ours": setup.ours(f"equal-{setup.loss.lower()}"),
        "stock": setup.stock(every_loss=True),
    }
    for name, command in commands.items():
        with Side(command) as side:
            side.first_step()
            side.run(steps)  # a step more than asked for: a step's loss is logged after its end
            losses[name] = side.finish()["losses"][:steps]
    pairs = list(zip(losses["ours"], losses["stock"], strict=True))
    largest = max(abs(one - other) for one, other in pairs)
    print(f"{setup.loss}: losses of {steps} steps differ by at most {largest:.2g}", flush=True)
    return {"loss": setup.loss, "batch": setup.batch, "largest_difference": largest, **losses}
