# says: `report` was called
def split_the_work(work, report, parts, size):
    class Night(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto="tell")
        return Command(update={"cursor": chunk[-1]["end"]}, goto=[Send("part", part) for part in chunk])

    def tell(state):
        report(state["ok"], state["bad"])

    builder = StateGraph(Night).add_node(plan, destinations=("part", "tell")).add_node(tell)
    builder.add_node("part", lambda part: work(part)).add_edge(START, "plan").add_edge("part", "plan")
    return builder.add_edge("part", "tell")
