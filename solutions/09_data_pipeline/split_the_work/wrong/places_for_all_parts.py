# says: a part of a later chunk
class Shift(TypedDict):
    path: str
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    def everything(state):
        sends, cursor = [], 0
        while chunk := cut(state["path"], cursor, parts, size):
            sends += chunk
            cursor = chunk[-1]["end"]
        places = threading.Semaphore(parts)
        return [Send("part", {"part": part, "places": places}) for part in sends] or "last"

    def part(state):
        with state["places"]:
            done = work(state["part"])
        return {"ok": done["ok"], "bad": done["bad"]}

    def last(state):
        report(state["ok"], state["bad"])
        return {}

    builder = StateGraph(Shift).add_node("part", part).add_node("last", last)
    builder.add_conditional_edges(START, everything, ["part", "last"])
    builder.add_edge("part", "last").add_edge("last", END)
    return builder
