# says: `checkpoint_id` (which replays)
class Review(TypedDict, total=False):
    claim: str
    findings: Annotated[list[str], operator.add]
    cost: Annotated[int, operator.add]


def build_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]]
) -> CompiledStateGraph:
    """Return a graph that runs all checks of a claim in parallel and adds up what they return."""

    def node_for(check):
        def run(state: Review) -> dict[str, Any]:
            finding, cents = check(state["claim"])
            return {"findings": [finding], "cost": cents}

        return run

    builder = StateGraph(Review)
    for name, check in checks.items():
        builder.add_node(name, node_for(check))
        builder.add_edge(START, name)
    return builder.compile(checkpointer=saver)


def repair_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]], thread_id: str
) -> dict[str, Any]:
    """Finish the run that `InvalidUpdateError` broke, from what its checks saved; return the state."""
    graph = build_review(saver, checks)
    config = {"configurable": {"thread_id": thread_id}}
    broken = next(graph.get_state_history(config, limit=1))  # get_state raised on Friday
    return graph.invoke(None, broken.config)
