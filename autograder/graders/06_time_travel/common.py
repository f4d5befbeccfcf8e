"""What the tests of several exercises share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograder.testing import evidence

if TYPE_CHECKING:
    from collections.abc import Sequence


WARES = ("tent", "lamp", "stove", "kayak", "rope", "compass", "hammock", "paddle", "anorak", "sled")


def naming(kind: str, names: Sequence[str]) -> str:
    """Return names with their kind before them: a sentence may begin with it, and no name is capitalised."""
    return f"{kind}{'s' * (len(names) != 1)} {', '.join(f'`{name}`' for name in names)}"


def lineage(rows: Sequence[evidence.Row]) -> list[evidence.Row]:
    """Return the newest checkpoint and those it came out of, newest first."""
    by_id = {row.id: row for row in rows}
    at, found = rows[-1].id if rows else None, list[evidence.Row]()
    while at in by_id:
        found.append(by_id[at])
        at = by_id.pop(at).parent_id
    return found


def assert_rows_kept(before: set[tuple[Any, ...]], after: set[tuple[Any, ...]]) -> None:
    """Expect all rows of the one among those of the other."""
    lost = len(before - after)
    assert not lost, (
        f"{lost} of {len(before)} rows that were saved before are changed or gone, and the record of what really happened "
        "with them: save a new checkpoint, and leave the old ones alone"
    )
