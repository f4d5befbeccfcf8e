# says: an entry for each chunk
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
        alarmed: Annotated[list[int], operator.add]
        bad_places: Annotated[list[str], operator.add]

    def plan(state: Small) -> Command[Literal["part", "__end__"]]:
        cursor, alarmed = state.get("cursor", 0), list[int]()
        if state["bad_places"] and cursor not in state["alarmed"]:  # once for a chunk, also after a restart
            alarm(state["bad_places"])
            alarmed.append(cursor)
        chunk = cut(state["path"], cursor, parts, size)
        if not chunk:
            return Command(goto=END)
        update = {"cursor": chunk[-1]["end"], "bad_places": Overwrite([]), "alarmed": alarmed}
        return Command(update=update, goto=[Send("part", part) for part in chunk])

    def work(part: Part) -> dict[str, Any]:
        results = price(read(part))
        good = [result for result in results if result is not None]
        keep(good)
        places = [f"{part['start']}+{n}" for n, result in enumerate(results) if result is None]
        return {"ok": len(good), "bad": len(places), "bad_places": places}

    builder = StateGraph(Small).add_node(plan).add_node("part", work)
    return builder.add_edge(START, "plan").add_edge("part", "plan")
