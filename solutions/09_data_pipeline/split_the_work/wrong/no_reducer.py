# says: Can receive only one value per step
def split_the_work(work, report, parts, size):
    class Night(TypedDict, total=False):
        path: str
        cursor: int
        ok: int
        bad: int

    def plan(state):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            report(state.get("ok", 0), state.get("bad", 0))
            return Command()
        return Command(update={"cursor": chunk[-1]["end"]}, goto=[Send("part", part) for part in chunk])

    builder = (
        StateGraph(Night).add_node(plan, destinations=("part",)).add_node("part", lambda part: work(part))
    )
    return builder.add_edge(START, "plan").add_edge("part", "plan")
