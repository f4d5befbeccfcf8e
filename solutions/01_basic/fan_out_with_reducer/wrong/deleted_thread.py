# says: are gone from its history
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
    broken = saver.get_tuple(config)
    state = dict(broken.checkpoint["channel_values"])
    for _, channel, value in broken.pending_writes:
        if channel in ("findings", "cost"):
            state[channel] = state[channel] + value
    saver.delete_thread(thread_id)  # a fresh start, with the values carried over by hand
    graph = build_review(saver, checks)
    values = {key: state[key] for key in ("claim", "findings", "cost")}
    graph.update_state(config, values, as_node=next(iter(checks)))
    return graph.get_state(config).values
