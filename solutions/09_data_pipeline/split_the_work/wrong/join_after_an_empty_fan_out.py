# says: an empty list of `Send`s starts nothing
def split_the_work(work, report, parts, size):
    class Night(TypedDict, total=False):
        path: str
        begun: int
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state):
        begun = state.get("cursor", 0)
        chunk = cut(state["path"], begun, parts, size)
        return {"begun": begun, "cursor": chunk[-1]["end"] if chunk else begun}

    def fan_out(state):
        return [Send("part", part) for part in cut(state["path"], state["begun"], parts, size)]

    def join(state):
        if not cut(state["path"], state["cursor"], parts, size):
            report(state["ok"], state["bad"])
            return Command(goto=END)
        return Command(goto="plan")

    builder = StateGraph(Night).add_node(plan).add_node("part", lambda part: work(part))
    builder.add_node(join, destinations=("plan", END)).add_edge(START, "plan")
    builder.add_conditional_edges("plan", fan_out, ["part"])
    return builder.add_edge("part", "join")
