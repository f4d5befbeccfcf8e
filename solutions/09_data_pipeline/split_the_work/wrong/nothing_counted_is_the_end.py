# says: only `cut` tells where the file ends
class Loop(TypedDict, total=False):
    path: str
    cursor: int
    before: int
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    def plan(state: Loop):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        total = state.get("ok", 0) + state.get("bad", 0)
        if not chunk or total == state.get("before", -1):
            return Command(update={"ok": 0, "bad": 0}, goto="last")
        return Command(
            update={"cursor": chunk[-1]["end"], "before": total}, goto=[Send("one", part) for part in chunk]
        )

    def one(part: Part):
        counts = work(part)
        return {"ok": counts["ok"], "bad": counts["bad"]}

    def last(state: Loop):
        report(state["ok"], state["bad"])

    builder = StateGraph(Loop)
    builder.add_node("plan", plan, destinations=("one", "last"))
    builder.add_node("one", one)
    builder.add_node("last", last)
    builder.add_edge(START, "plan")
    builder.add_edge("one", "plan")
    builder.add_edge("last", END)
    return builder
