# says: the sums over all chunks
def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    class Sums(TypedDict, total=False):
        path: str
        cursor: int
        counts: Annotated[set, operator.or_]
        ok: int
        bad: int

    def plan(state: Sums) -> Command[Literal["part", "finish"]]:
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto="finish")
        sends = [Send("part", each) for each in chunk]
        return Command(update={"cursor": chunk[-1]["end"]}, goto=sends)

    def part(each: Part) -> dict:
        counted = work(each)
        return {"counts": {(counted["ok"], counted["bad"])}}

    def finish(state: Sums) -> dict:
        ok = sum(o for o, _ in state.get("counts", ()))
        bad = sum(b for _, b in state.get("counts", ()))
        report(ok, bad)
        return {"ok": ok, "bad": bad}

    builder = StateGraph(Sums)
    builder.add_node("plan", plan)
    builder.add_node("part", part)
    builder.add_node("finish", finish)
    builder.add_edge(START, "plan")
    builder.add_edge("part", "plan")
    builder.add_edge("finish", END)
    return builder
