def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    ### BEGIN SOLUTION
    class Counted(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state: Counted) -> Command[Literal["part", "tell"]]:
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto="tell")
        return Command(update={"cursor": chunk[-1]["end"]}, goto=[Send("part", part) for part in chunk])

    def tell(state: Counted) -> None:
        report(state["ok"], state["bad"])

    builder = StateGraph(Counted).add_node(plan).add_node("part", lambda part: work(part)).add_node(tell)
    return builder.add_edge(START, "plan").add_edge("part", "plan")
    ### END SOLUTION
