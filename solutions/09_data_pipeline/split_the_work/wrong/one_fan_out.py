# says: at the same time
def split_the_work(work, report, parts, size):
    class Night(TypedDict, total=False):
        path: str
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def fan_out(state):
        everything = cut(state["path"], 0, 1_000_000, size)
        return [Send("part", part) for part in everything] or "tell"

    def tell(state):
        report(state["ok"], state["bad"])

    builder = StateGraph(Night).add_node("part", lambda part: work(part)).add_node(tell)
    builder.add_conditional_edges(START, fan_out, ["part", "tell"])
    return builder.add_edge("part", "tell")
