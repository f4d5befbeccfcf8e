"""Builds a thread's tree from its records: parents, changes, branches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from timetravel.model.changes import Change, compare
from timetravel.model.history import History, Record, State, Step, Task
from timetravel.model.writers import channels, writers, written


@dataclass(slots=True)
class _Tree:
    """What must be known of all records before one step can be made."""

    records: Mapping[str, Record]
    children: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    branch: dict[str, int] = field(default_factory=dict[str, int])
    path: frozenset[str] = frozenset()


def build(
    records: Sequence[Record],
    *,
    thread_id: str,
    namespace: str = "",
    where: str = "",
    limit: int | None = None,
) -> History:
    """Link records into a history.

    Args:
        records: checkpoints of one thread, oldest first. With a limit, one more than it is welcome: the
            oldest is then only used to say what changed after it.
        thread_id: their thread.
        namespace: their checkpoint namespace.
        where: the file they came from, for titles.
        limit: how many to keep, the newest ones.
    """
    tree = _grow(records)
    shown = records if limit is None else records[max(len(records) - limit, 0) :]
    steps = tuple(_step(record, tree, head=record is records[-1]) for record in shown)
    return History(
        thread_id=thread_id,
        steps=steps,
        namespace=namespace,
        where=where,
        cut=len(shown) < len(records),
        by_id={step.checkpoint_id: step for step in steps},
    )


def _grow(records: Sequence[Record]) -> _Tree:
    tree = _Tree(records={record.checkpoint_id: record for record in records})
    branches = 0
    for record in records:
        parent = record.parent_id or ""
        siblings = tree.children.setdefault(parent, [])
        # The first child goes on in its parent's lane; every later one, and every root, begins a branch.
        if parent in tree.branch and not siblings:
            tree.branch[record.checkpoint_id] = tree.branch[parent]
        else:
            tree.branch[record.checkpoint_id] = branches
            branches += 1
        siblings.append(record.checkpoint_id)
    tree.path = _ancestry(tree.records, records[-1].checkpoint_id if records else None)
    return tree


def _ancestry(records: Mapping[str, Record], last: str | None) -> frozenset[str]:
    path: set[str] = set()
    while last and last in records and last not in path:  # a damaged database may hold a circle
        path.add(last)
        last = records[last].parent_id
    return frozenset(path)


def _step(record: Record, tree: _Tree, *, head: bool) -> Step:
    parent = tree.records.get(record.parent_id or "")
    last = not tree.children.get(record.checkpoint_id)
    return Step(
        checkpoint_id=record.checkpoint_id,
        parent_id=record.parent_id,
        step=record.step,
        source=record.source,
        nodes=writers(record, parent),
        written=tuple(written(record, parent)),
        created_at=record.created_at,
        values=record.values,
        changes=_changes(record, parent),
        given=record.given,
        next=tuple(task.name for task in record.tasks if not task.finished),
        tasks=record.tasks,
        state=state_of(record.tasks) if last else "past",
        branch=tree.branch[record.checkpoint_id],
        skipped=_skipped(record, parent),
        head=head,
        on_path=record.checkpoint_id in tree.path,
        metadata=record.metadata,
    )


def _changes(record: Record, parent: Record | None) -> tuple[Change, ...] | None:
    if parent is None and record.parent_id:
        return None
    writers = channels(parent) if parent and record.source == "loop" else {}
    return compare(parent.values if parent else {}, record.values, writers)


def _skipped(record: Record, parent: Record | None) -> int:
    if record.step is None or record.source != "loop" or (record.parent_id and parent is None):
        return 0
    before = parent.step if parent and parent.step is not None else -2  # a thread's first step is -1
    return max(record.step - before - 1, 0)


def state_of(tasks: tuple[Task, ...]) -> State:
    """How an end of a branch stands. A failure says more than a question, and that more than "not run"."""
    if not tasks:
        return "finished"
    statuses = {task.status for task in tasks}
    if "failed" in statuses:
        return "failed"
    if "waiting" in statuses:
        return "waiting"
    return "half-committed" if statuses == {"done"} else "pending"
