# says: in a channel that checkpoints save
from langgraph.channels import UntrackedValue


def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    class Small(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]
        more: bool
        places: Annotated[list[str], UntrackedValue]  # of one chunk, so they needn't be saved

    def chunk(state: Small) -> Small:
        cursor, ok, places = state.get("cursor", 0), 0, list[str]()
        found = cut(state["path"], cursor, parts, size)
        for part in found:
            results = price(read(part))
            good = [result for result in results if result is not None]
            keep(good)
            ok, cursor = ok + len(good), part["end"]
            places += [f"{part['start']}+{n}" for n, result in enumerate(results) if result is None]
        return {"cursor": cursor, "ok": ok, "bad": len(places), "more": bool(found), "places": places}

    def tell(state: Small) -> None:
        if state.get("places"):
            alarm(state["places"])

    builder = StateGraph(Small).add_node(chunk).add_node(tell).add_edge(START, "chunk")
    builder.add_edge("chunk", "tell")
    return builder.add_conditional_edges(
        "tell", lambda state: "chunk" if state["more"] else END, ["chunk", END]
    )
