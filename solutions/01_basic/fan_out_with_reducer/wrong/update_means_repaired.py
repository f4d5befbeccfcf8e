# says: must be saved
class Review(TypedDict, total=False):
    claim: str
    findings: Annotated[list[str], operator.add]
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
    config = {"configurable": {"thread_id": thread_id}}
    history = list(graph.get_state_history(config))
    if any(snapshot.metadata["source"] == "update" for snapshot in history):
        return graph.get_state(config).values  # repaired already: nothing may be counted twice
    tasks = history[0].tasks
    update = {
        "findings": [finding for task in tasks for finding in task.result["findings"]],
        "cost": sum(task.result["cost"] for task in tasks),
    }
    graph.update_state(config, update, as_node=tasks[0].name)
    return graph.get_state(config).values
