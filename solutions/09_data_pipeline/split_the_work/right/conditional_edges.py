def split_the_work(work, report, parts, size):
    """The edge sends, and the planner only remembers where the running chunk begins and ends."""

    class Night(TypedDict, total=False):
        path: str
        begun: int
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state):
        begun = state.get("cursor", 0)
        chunk = cut(state["path"], begun, parts, size)
        if not chunk:
            report(state.get("ok", 0), state.get("bad", 0))
        return {"begun": begun, "cursor": chunk[-1]["end"] if chunk else begun, "ok": 0, "bad": 0}

    def fan_out(state):
        return [Send("part", part) for part in cut(state["path"], state["begun"], parts, size)] or END

    builder = StateGraph(Night).add_node(plan).add_node("part", lambda part: work(part))
    builder.add_edge(START, "plan").add_conditional_edges("plan", fan_out, ["part", END])
    return builder.add_edge("part", "plan")
