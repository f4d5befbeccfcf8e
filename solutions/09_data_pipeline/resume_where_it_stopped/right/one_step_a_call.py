def resume_where_it_stopped(saver, thread_id, path, work, most):
    """A graph of one node, one part a step, driven from outside: each call of `invoke` is a step, and saved."""

    class Place(TypedDict, total=False):
        cursor: int
        ok: int
        bad: int

    def step(state):
        (part,) = cut(path, state["cursor"], 1, most)
        counts = work(part)
        return {
            "cursor": part["end"],
            "ok": state["ok"] + counts["ok"],
            "bad": state["bad"] + counts["bad"],
        }

    builder = StateGraph(Place).add_node(step).add_edge(START, "step")
    builder.add_conditional_edges(
        "step", lambda state: "step" if cut(path, state["cursor"], 1, 1) else END, ["step", END]
    )
    graph = builder.compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}}
    given = {"cursor": 0, "ok": 0, "bad": 0}
    if not cut(path, 0, 1, 1):
        return {"ok": 0, "bad": 0}
    while not (saved := graph.get_state(config)).created_at or saved.tasks:
        graph.invoke(None if saved.created_at else given, config, interrupt_after="*", durability="sync")
    return {name: saved.values[name] for name in ("ok", "bad")}
