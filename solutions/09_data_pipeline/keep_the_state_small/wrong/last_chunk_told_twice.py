# says: in 2 calls
class Small(TypedDict, total=False):
    path: str
    cursor: int
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]
    places: Annotated[list[str], operator.add]


def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    def plan(state):
        tell(state)
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto="tell")
        update = {"cursor": chunk[-1]["end"], "places": Overwrite([])}
        return Command(update=update, goto=[Send("part", one) for one in chunk])

    def part(part):
        results = price(read(part))
        good = [result for result in results if result is not None]
        keep(good)
        places = [f"{part['start']}+{n}" for n, result in enumerate(results) if result is None]
        return {"ok": len(good), "bad": len(places), "places": places}

    def tell(state):
        if state.get("places"):
            alarm(state["places"])

    builder = StateGraph(Small).add_node(plan).add_node("part", part).add_node(tell)
    return builder.add_edge(START, "plan").add_edge("part", "plan")
