# says: don't return it from a node
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
        return [Send("part", {"part": part}) for part in state["chunk"]] or "finish"

    def do_part(given: dict[str, Any]) -> dict[str, int]:
        counts = work(given["part"])
        return {"ok": counts["ok"], "bad": counts["bad"]}

    def finish(state: File) -> Any:
        return report(state["ok"], state["bad"])

    builder = StateGraph(File)
    builder.add_node("plan", plan)
    builder.add_node("part", do_part)
    builder.add_node("finish", finish)
    builder.add_edge(START, "plan")
    builder.add_conditional_edges("plan", route, ["part", "finish"])
    builder.add_edge("part", "plan")
    builder.add_edge("finish", END)
    return builder
