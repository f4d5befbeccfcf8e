"""Prints which layers of the sandbox work on this machine."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from autograder.sandbox.walls.tiers import Tier

MEANS = {
    "A": "Every submission is graded behind all walls.",
    "B": "Submissions can be graded. Without namespaces, an exercise that starts processes cannot.",
    "none": "Submissions cannot be graded safely here: `course grade` refuses.",
}


def show(tier: Tier) -> None:
    """Print the tier, each wall with ✓ or ✗, and for each ✗ why, and what gets it."""
    console = Console(highlight=False)
    console.print(f"\n[bold]Tier {tier.name}[/]. {MEANS[tier.name]}\n")
    width = max(len(layer.name) for layer in tier.layers)
    for layer in tier.layers:
        mark = Text("✓ ", style="green") if layer.holds else Text("✗ ", style="red")
        console.print(mark.append(layer.name.ljust(width + 2), style="bold").append(layer.what, style=""))
        if not layer.holds:
            console.print(Padding(Text(layer.fault, style="dim"), (0, 0, 0, width + 4)))
        if layer.remedy:
            console.print(Padding(Text(f"→ {layer.remedy}"), (0, 0, 0, width + 4)))
    console.print()
