"""Computes late penalties with nbgrader's plugin, as `nbgrader_config.py` sets it up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

DEFAULT = "nbgrader.plugins.latesubmission.LateSubmissionPlugin"


class Penalty:
    """Takes points off late submissions. nbgrader is imported at the first of them: it takes seconds."""

    def __init__(self, config: Path | None) -> None:
        self._config, self._plugin = config, None

    def of(self, student: str, score: float, seconds_late: float) -> float:
        """Return the points that a submission loses: none, all of them, or something between.

        Raises:
            Exception: whatever the plugin raises.
        """
        if seconds_late <= 0:
            return 0.0
        self._plugin = self._plugin or load_plugin(self._config)
        penalty: float | None = self._plugin.late_submission_penalty(student, score, seconds_late)
        return min(max(penalty or 0.0, 0.0), score)  # nbgrader bounds it likewise


def load_plugin(path: Path | None) -> Any:  # noqa: ANN401 — nbgrader has no types
    """Return the plugin that `c.AssignLatePenalties.plugin_class` names, set up by the same file.

    Raises:
        Exception: the file, or the plugin, cannot be loaded.
    """
    from traitlets.config.loader import Config, PyFileConfigLoader
    from traitlets.utils.importstring import import_item

    loader = PyFileConfigLoader(path.name, str(path.parent)) if path and path.is_file() else None
    config: Any = loader.load_config() if loader else Config()
    named = config.AssignLatePenalties.get("plugin_class", DEFAULT)
    plugin_class: Any = import_item(named) if isinstance(named, str) else named
    return plugin_class(config=config)
