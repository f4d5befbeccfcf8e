# says: although a check has that name
class Review(TypedDict, total=False):
    claim: str
    findings: Annotated[list[str], operator.add]
    cost: Annotated[int, operator.add]


def build_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]]
) -> CompiledStateGraph:
    """Return a graph that runs all checks of a claim in parallel and adds up what they return."""

    def node_of(check):
        def node(state):
            finding, cents = check(state["claim"])
            return {"findings": [finding], "cost": cents}

        return node

    builder = StateGraph(Review)
    for name, check in checks.items():
        key = name.strip().replace(" ", "_")  # no blanks in a node's name
        builder.add_node(key, node_of(check))
        builder.add_edge(START, key)
    return builder.compile(checkpointer=saver)


def repair_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]], thread_id: str
) -> dict[str, Any]:
    """Finish the run that `InvalidUpdateError` broke, from what its checks saved; return the state."""
    graph = build_review(saver, checks)
    return graph.invoke(None, {"configurable": {"thread_id": thread_id}})
