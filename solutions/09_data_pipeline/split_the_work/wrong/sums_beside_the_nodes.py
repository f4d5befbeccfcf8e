# says: keep sums and the cursor
def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    total = Counter()
    lock = threading.Lock()

    class Sums(TypedDict, total=False):
        path: str
        cursor: int
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
        with lock:
            total.update(ok=counted["ok"], bad=counted["bad"])
        return {}

    def finish(state: Sums) -> dict:
        report(total["ok"], total["bad"])
        return {"ok": total["ok"], "bad": total["bad"]}

    builder = StateGraph(Sums)
    builder.add_node("plan", plan)
    builder.add_node("part", part)
    builder.add_node("finish", finish)
    builder.add_edge(START, "plan")
    builder.add_edge("part", "plan")
    builder.add_edge("finish", END)
    return builder
