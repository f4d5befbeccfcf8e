# says: an empty file had this path
from functools import lru_cache


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    class Work(TypedDict):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    @lru_cache(maxsize=2)  # the router and the next node both need the chunk: read it once
    def chunk_at(path: str, cursor: int) -> list[Part]:
        return cut(path, cursor, parts, size)

    def fan_out(state: Work) -> list[Send] | str:
        chunk = chunk_at(state["path"], state.get("cursor", 0))
        return [Send("part", part) for part in chunk] or "finish"

    def part(given: Part) -> dict[str, int]:
        done = work(given)
        return {"ok": done["ok"], "bad": done["bad"]}

    def forward(state: Work) -> dict[str, int]:
        return {"cursor": chunk_at(state["path"], state.get("cursor", 0))[-1]["end"]}

    def finish(state: Work) -> None:
        report(state["ok"], state["bad"])

    builder = StateGraph(Work).add_node("part", part).add_node("forward", forward).add_node("finish", finish)
    builder.add_conditional_edges(START, fan_out, ["part", "finish"]).add_edge("part", "forward")
    return builder.add_conditional_edges("forward", fan_out, ["part", "finish"]).add_edge("finish", END)
