# says: the sums over all chunks
def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    class Sums(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state: Sums) -> Command[Literal["part", "finish"]]:
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto="finish")
        sends = [Send("part", each) for each in chunk]
        return Command(update={"cursor": chunk[-1]["end"]}, goto=sends)

    def part(each: Part) -> dict:
        counted = work(each)
        return {"ok": len(read(each)) - counted["bad"], "bad": counted["bad"]}

    def finish(state: Sums) -> dict:
        report(state.get("ok", 0), state.get("bad", 0))
        return {"ok": 0, "bad": 0}

    builder = StateGraph(Sums)
    builder.add_node("plan", plan)
    builder.add_node("part", part)
    builder.add_node("finish", finish)
    builder.add_edge(START, "plan")
    builder.add_edge("part", "plan")
    builder.add_edge("finish", END)
    return builder
