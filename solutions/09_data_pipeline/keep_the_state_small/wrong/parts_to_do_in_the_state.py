# says: each step saves its whole state again
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
        todo: list[Part]
        places: list[str]

    def plan(state: Small) -> dict[str, Any]:
        if state.get("places"):
            alarm(state["places"])
        todo = cut(state["path"], state.get("cursor", 0), parts, size)
        return {"todo": todo, "places": []} | ({"cursor": todo[-1]["end"]} if todo else {})

    def work(state: Small) -> dict[str, Any]:
        part, *rest = state["todo"]
        results = price(read(part))
        good = [result for result in results if result is not None]
        keep(good)
        places = [f"{part['start']}+{n}" for n, result in enumerate(results) if result is None]
        return {"todo": rest, "places": state["places"] + places, "ok": len(good), "bad": len(places)}

    def way(state: Small) -> str:
        return "work" if state["todo"] else "plan"

    builder = StateGraph(Small).add_node(plan).add_node(work).add_edge(START, "plan")
    builder.add_conditional_edges("plan", lambda state: "work" if state["todo"] else END, ["work", END])
    return builder.add_conditional_edges("work", way, ["work", "plan"])
