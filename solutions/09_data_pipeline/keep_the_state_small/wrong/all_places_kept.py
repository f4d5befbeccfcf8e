# says: all parts or bad lines
def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    class Loop(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]
        places: Annotated[list, operator.add]
        told: int

    def plan(state):
        known = state.get("places", [])
        places = sorted(known[state.get("told", 0) :])
        if places:
            alarm([f"{start}+{number}" for start, number in places])
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto=END)
        return Command(
            update={"cursor": chunk[-1]["end"], "told": len(known)},
            goto=[Send("part", each) for each in chunk],
        )

    def part(each):
        results = price(read(each))
        good = [one for one in results if one is not None]
        keep(good)
        places = [[each["start"], n] for n, one in enumerate(results) if one is None]
        return {"ok": len(good), "bad": len(places), "places": places}

    builder = StateGraph(Loop)
    builder.add_node("plan", plan, destinations=("part", END))
    builder.add_node("part", part).add_edge(START, "plan").add_edge("part", "plan")
    return builder
