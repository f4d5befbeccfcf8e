"""The alerts of both systems: each is a rule over one metric."""

from __future__ import annotations

from course.support_agent.alerts import Rule

DESK_RULES = (
    Rule("BankFails", "desk_attempts_total", 1, {"node": "charge", "outcome": "error"}),
    Rule("ModelFails", "desk_attempts_total", 1, {"node": "model", "outcome": "error"}),
    Rule("StaffAbsent", "desk_waiting_seconds", 1800),
    Rule("InvariantBroken", "desk_broken_invariants", 0),
)
NIGHT_RULES = (
    Rule("ServiceFails", "night_error_rate", 0.3),
    Rule("FileIsWrong", "night_quarantined_total", 100),
)


def in_words(rule: Rule) -> str:
    """Write a rule as Prometheus does. A counter only ever grows, so its growth is what counts."""
    labels = ", ".join(f'{name}="{value}"' for name, value in rule.labels.items())
    metric = rule.metric + (f"{{{labels}}}" if labels else "")
    grown = f"increase({metric}[15m])" if rule.metric.endswith("_total") else metric
    return f"sum({grown}) > {rule.above:g}"
