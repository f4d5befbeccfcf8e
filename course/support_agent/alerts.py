"""Says which alerts fire, from metrics as Prometheus reads them.

In production Prometheus itself evaluates rules. These lines read the same text, and know one kind of rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Rule:
    """An alert that fires when the samples of a metric add up to more than a number."""

    alert: str
    metric: str
    above: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


def firing(rules: Iterable[Rule], metrics: str) -> list[str]:
    """Return the alerts that fire, each with the value that made it fire."""
    samples = [s for family in text_string_to_metric_families(metrics) for s in family.samples]
    found = list[str]()
    for rule in rules:
        value = sum(
            s.value for s in samples if s.name == rule.metric and rule.labels.items() <= s.labels.items()
        )
        if value > rule.above:
            found.append(f"{rule.alert}: {rule.metric} is {value:g}, above {rule.above:g}")
    return found
