"""Our side: `sbert-trainer`'s own main function, in which the benchmark's callback sits.

The arguments are those of `sbert-trainer`. Nothing else is loaded before it than a pod would load.
Neither side writes checkpoints: ours come by the clock, which goes on while this side has to wait.
In a real training they take less than 5 % of the time.
"""

import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class _AddCallback:
    """Finds transformers' trainer when it is imported, and adds the callback to all trainers."""

    _WANTED = "transformers.trainer"

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != self._WANTED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_add(module: ModuleType) -> None:
            execute(module)
            from benchmarks.windows import Windows  # noqa: PLC0415 - imports transformers

            module.DEFAULT_CALLBACKS.append(Windows)

        spec.loader.exec_module = execute_and_add  # type: ignore[method-assign]
        return spec


if __name__ == "__main__":
    sys.meta_path.insert(0, _AddCallback())
    from sbert_trainer.__main__ import main
    from sbert_trainer.checkpoints_interval import Interval

    Interval.is_due = lambda _: False  # type: ignore[method-assign, assignment]
    sys.exit(main())
