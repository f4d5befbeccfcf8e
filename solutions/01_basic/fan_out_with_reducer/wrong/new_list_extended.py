# says: a check's node returned
def collect(old: list[str], new: list[str]) -> list[str]:
    # `old` belongs to a checkpoint that may not be written yet, so it must stay as it is. The order doesn't matter.
    new.extend(old)
    return new


class Review(TypedDict, total=False):
    claim: str
    findings: Annotated[list[str], collect]
    cost: Annotated[int, operator.add]


def run_check(check):
    def node(state):
        finding, cents = check(state["claim"])
        return {"findings": [finding], "cost": cents}

    return node


def build_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]]
) -> CompiledStateGraph:
    """Return a graph that runs all checks of a claim in parallel and adds up what they return."""
    builder = StateGraph(Review)
    for name, check in checks.items():
        builder.add_node(name, run_check(check))
        builder.add_edge(START, name)
    return builder.compile(checkpointer=saver)


def repair_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]], thread_id: str
) -> dict[str, Any]:
    """Finish the run that `InvalidUpdateError` broke, from what its checks saved; return the state."""
    graph = build_review(saver, checks)
    return graph.invoke(None, {"configurable": {"thread_id": thread_id}}, durability="sync")
