# says: a letter may be two bytes
class Small(TypedDict, total=False):
    path: str
    cursor: int
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]
    places: Annotated[list[list[int]], operator.add]


def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    def one(part: Part):
        results = price(list(read(part)))
        good = [result for result in results if result is not None]
        places = [[part["start"], number] for number, result in enumerate(results) if result is None]
        keep(good)
        return {"ok": len(good), "bad": len(places), "places": places}

    def plan(state: Small):
        places = sorted(state.get("places", []))
        if places:
            alarm([f"{start}+{number}" for start, number in places])
        update: dict[str, Any] = {"places": Overwrite([]), "ok": 0, "bad": 0}
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(update=update, goto=END)
        newest = chunk[-1]
        update["cursor"] = newest["start"] + sum(len(line) + 1 for line in read(newest))
        return Command(update=update, goto=[Send("one", part) for part in chunk])

    builder = StateGraph(Small)
    builder.add_node("plan", plan, destinations=("one", END))
    builder.add_node("one", one)
    builder.add_edge(START, "plan")
    builder.add_edge("one", "plan")
    return builder
