# says: the run isn't finished
from langgraph.types import Overwrite


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
        builder.add_node(name, node_of(check))
        builder.add_edge(START, name)
    return builder.compile(checkpointer=saver)


def repair_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]], thread_id: str
) -> dict[str, Any]:
    """Finish the run that `InvalidUpdateError` broke, from what its checks saved; return the state."""
    graph = build_review(saver, checks)
    config = {"configurable": {"thread_id": thread_id}}
    saved = saver.get_tuple(config)
    total = {"findings": [], "cost": 0}
    total |= {key: value for key, value in saved.checkpoint["channel_values"].items() if key in total}
    for _, channel, value in saved.pending_writes:
        if channel in total:
            total[channel] = total[channel] + value
    update = {channel: Overwrite(value) for channel, value in total.items()}
    graph.update_state(config, update, as_node=START)  # the claim came from there, too
    return graph.get_state(config).values
