# says: return a new list
# The reducer extends the list that the checkpoint before also holds.
def build_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]]
) -> CompiledStateGraph:
    """Return a graph that runs all checks of a claim in parallel and adds up what they return."""

    class Review(TypedDict, total=False):
        claim: str
        findings: Annotated[list[str], operator.iadd]  # a long thread isn't copied for each check
        cost: Annotated[int, operator.add]

    def node_of(check: Callable[[str], tuple[str, int]]) -> Callable[[Review], Review]:
        def run(state: Review) -> Review:
            finding, cents = check(state["claim"])
            return {"findings": [finding], "cost": cents}

        return run

    builder = StateGraph(Review)
    for name, check in checks.items():
        builder.add_node(name, node_of(check))
        builder.add_edge(START, name).add_edge(name, END)
    return builder.compile(checkpointer=saver)


def repair_review(
    saver: BaseCheckpointSaver, checks: dict[str, Callable[[str], tuple[str, int]]], thread_id: str
) -> dict[str, Any]:
    """Finish the run that `InvalidUpdateError` broke, from what its checks saved; return the state."""
    # The checks' results are pending writes of the newest checkpoint; with reducers they can be applied.
    config = {"configurable": {"thread_id": thread_id}}
    return build_review(saver, checks).invoke(None, config)
