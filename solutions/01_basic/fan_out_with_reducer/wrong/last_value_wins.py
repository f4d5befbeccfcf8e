# says: throws away what the other checks found
class Review(TypedDict, total=False):
    claim: str
    findings: Annotated[list[str], lambda old, new: new]  # the error is gone, and so are the others' results
    cost: Annotated[int, lambda old, new: new]


def build_review(saver, checks):
    builder = StateGraph(Review)
    for name, run in checks.items():

        def node(state, run=run):
            finding, cents = run(state["claim"])
            return {"findings": [*state.get("findings", []), finding], "cost": state.get("cost", 0) + cents}

        builder.add_node(name, node)
        builder.add_edge(START, name)
    return builder.compile(checkpointer=saver)


def repair_review(saver, checks, thread_id):
    return build_review(saver, checks).invoke(None, {"configurable": {"thread_id": thread_id}})
