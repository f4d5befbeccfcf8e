# says: however many they are
class File(TypedDict, total=False):
    path: str
    cursor: int
    more: bool
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    def do_chunk(state: File) -> dict[str, Any]:
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return {"more": False}
        with ThreadPoolExecutor(min(parts, 32)) as pool:
            counts = list(pool.map(work, chunk))
        return {
            "more": True,
            "cursor": chunk[-1]["end"],
            "ok": sum(count["ok"] for count in counts),
            "bad": sum(count["bad"] for count in counts),
        }

    def finish(state: File) -> None:
        report(state["ok"], state["bad"])

    builder = StateGraph(File)
    builder.add_node("chunk", do_chunk)
    builder.add_node("finish", finish)
    builder.add_edge(START, "chunk")
    builder.add_conditional_edges(
        "chunk", lambda state: "chunk" if state["more"] else "finish", ["chunk", "finish"]
    )
    builder.add_edge("finish", END)
    return builder
