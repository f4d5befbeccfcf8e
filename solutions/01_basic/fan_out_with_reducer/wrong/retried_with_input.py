# says: ran and cost money again
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
    config = {"configurable": {"thread_id": thread_id}}
    claim = saver.get_tuple(config).checkpoint["channel_values"]["claim"]
    return build_review(saver, checks).invoke({"claim": claim}, config)  # just retry
