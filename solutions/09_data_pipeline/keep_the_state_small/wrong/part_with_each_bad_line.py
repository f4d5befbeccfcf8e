# says: more than a bad line's place
def gather(old: list, new: list | None) -> list:
    return [] if new is None else old + new


class Small(TypedDict, total=False):
    path: str
    cursor: int
    todo: list[Part]
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]
    places: Annotated[list, gather]


def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    def plan(state: Small) -> dict[str, Any]:
        if state.get("places"):
            alarm([f"{line['part']['start']}+{line['number']}" for line in state["places"]])
        todo = cut(state["path"], state.get("cursor", 0), parts, size)
        cursor = todo[-1]["end"] if todo else state.get("cursor", 0)
        return {"todo": todo, "cursor": cursor, "places": None, "ok": 0, "bad": 0}

    def work(part: Part) -> dict[str, Any]:
        results = price(read(part))
        good = [result for result in results if result is not None]
        bad = [{"part": part, "number": number} for number, result in enumerate(results) if result is None]
        if good:
            keep(good)
        return {"ok": len(good), "bad": len(bad), "places": bad}

    def spread(state: Small) -> Any:
        return [Send("work", part) for part in state["todo"]] or END

    builder = StateGraph(Small)
    builder.add_node("plan", plan)
    builder.add_node("work", work)
    builder.add_edge(START, "plan")
    builder.add_conditional_edges("plan", spread, ["work", END])
    builder.add_edge("work", "plan")
    return builder
