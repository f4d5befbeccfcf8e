# says: an empty file
def split_the_work(work, report, parts, size):
    class Night(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            if state.get("cursor"):
                report(state["ok"], state["bad"])
            return Command(goto=END)
        return Command(update={"cursor": chunk[-1]["end"]}, goto=[Send("part", part) for part in chunk])

    builder = (
        StateGraph(Night).add_node(plan, destinations=("part", END)).add_node("part", lambda part: work(part))
    )
    return builder.add_edge(START, "plan").add_edge("part", "plan")
