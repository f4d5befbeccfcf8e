# says: lost what the checks of the broken run had found
class Review(TypedDict, total=False):
    claim: str
    findings: Annotated[list[str], operator.add]
    cost: Annotated[int, operator.add]


def build_review(saver, checks):
    builder = StateGraph(Review)
    for name, run in checks.items():

        def node(state, run=run):
            finding, cents = run(state["claim"])
            return {"findings": [finding], "cost": cents}

        builder.add_node(name, node)
        builder.add_edge(START, name)
    return builder.compile(checkpointer=saver)


def repair_review(saver, checks, thread_id):
    graph = build_review(saver, checks)
    config = {"configurable": {"thread_id": thread_id}}
    good = next(s for s in graph.get_state_history(config) if not s.tasks)
    return graph.invoke(None, good.config)  # back to the last good checkpoint
