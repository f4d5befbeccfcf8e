def resume_where_it_stopped(saver, thread_id, path, work, most):
    """One line more than needed: a list of chunks is planned first, and each is a step of a loop, with a pool inside."""

    class Plan(TypedDict, total=False):
        chunks: list
        sums: Annotated[list, operator.add]

    def plan(state):
        cursor, chunks, width = 0, [], min(2, most)
        while chunk := cut(path, cursor, width, most // width):
            chunks.append(chunk)
            cursor = chunk[-1]["end"]
        return {"chunks": chunks}

    def step(state):
        with ThreadPoolExecutor(2) as pool:
            found = list(pool.map(work, state["chunks"][len(state["sums"])]))
        return {"sums": [[sum(each[name] for each in found) for name in ("ok", "bad")]]}

    def more(state):
        return "step" if len(state["sums"]) < len(state["chunks"]) else END

    builder = StateGraph(Plan).add_node(plan).add_node(step).add_edge(START, "plan")
    builder.add_conditional_edges("plan", more, ["step", END])
    graph = builder.add_conditional_edges("step", more, ["step", END]).compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}}
    saved = graph.get_state(config)
    if saved.created_at is None or saved.tasks:
        for _ in graph.stream(None if saved.created_at else {"sums": []}, config, durability="sync"):
            pass
    sums = graph.get_state(config).values["sums"]
    return {"ok": sum(ok for ok, _ in sums), "bad": sum(bad for _, bad in sums)}
