# says: ask `cut` again
import functools

chunk_at = functools.cache(cut)  # the planner and the edge after it ask for the same chunk


class File(TypedDict, total=False):
    path: str
    start: int
    cursor: int
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    def plan(state: File) -> dict[str, Any]:
        start = state.get("cursor", 0)
        chunk = chunk_at(state["path"], start, parts, size)
        return {"start": start, "cursor": chunk[-1]["end"] if chunk else start}

    def route(state: File) -> list[Send] | str:
        chunk = chunk_at(state["path"], state["start"], parts, size)
        return [Send("part", {"part": part}) for part in chunk] or "finish"

    def do_part(given: dict[str, Any]) -> dict[str, int]:
        counts = work(given["part"])
        return {"ok": counts["ok"], "bad": counts["bad"]}

    def finish(state: File) -> None:
        report(state["ok"], state["bad"])

    builder = StateGraph(File)
    builder.add_node("plan", plan)
    builder.add_node("part", do_part)
    builder.add_node("finish", finish)
    builder.add_edge(START, "plan")
    builder.add_conditional_edges("plan", route, ["part", "finish"])
    builder.add_edge("part", "plan")
    builder.add_edge("finish", END)
    return builder
