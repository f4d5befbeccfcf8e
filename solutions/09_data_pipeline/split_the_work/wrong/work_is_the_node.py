# says: in a node of your own
class File(TypedDict, total=False):
    path: str
    cursor: int
    chunk: list[Part]
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    def plan(state: File) -> dict[str, Any]:
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        return {"chunk": chunk, "cursor": chunk[-1]["end"] if chunk else state.get("cursor", 0)}

    def route(state: File) -> list[Send] | str:
        return [Send("part", part) for part in state["chunk"]] or "finish"

    def finish(state: File) -> None:
        report(state["ok"], state["bad"])

    builder = StateGraph(File)
    builder.add_node("plan", plan)
    builder.add_node("part", work)
    builder.add_node("finish", finish)
    builder.add_edge(START, "plan")
    builder.add_conditional_edges("plan", route, ["part", "finish"])
    builder.add_edge("part", "plan")
    builder.add_edge("finish", END)
    return builder
