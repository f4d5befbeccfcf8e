# says: Add up what `work` returns
class Sums(TypedDict, total=False):
    path: str
    cursor: int
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """A line that isn't good is bad."""

    def plan(state: Sums):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto="tell")
        return Command(update={"cursor": chunk[-1]["end"]}, goto=[Send("one", part) for part in chunk])

    def one(part: Part):
        good = work(part)["ok"]
        return {"ok": good, "bad": len(read(part)) - good}

    def tell(state: Sums):
        report(state["ok"], state["bad"])

    builder = StateGraph(Sums)
    builder.add_node("plan", plan, destinations=("one", "tell"))
    builder.add_node("one", one)
    builder.add_node("tell", tell)
    builder.add_edge(START, "plan")
    builder.add_edge("one", "plan")
    return builder
