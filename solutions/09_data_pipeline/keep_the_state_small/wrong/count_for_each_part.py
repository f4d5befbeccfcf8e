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
        ok: int
        bad: Annotated[int, operator.add]
        good: Annotated[dict[int, int], operator.or_]  # by part, so that one that's done again counts once
        bad_places: Annotated[list[str], operator.add]

    def plan(state: Small) -> Command[Literal["part", "__end__"]]:
        if state["bad_places"]:
            alarm(state["bad_places"])
        update = {"ok": sum(state["good"].values()), "bad_places": Overwrite([])}
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(update=update, goto=END)
        return Command(
            update=update | {"cursor": chunk[-1]["end"]}, goto=[Send("part", part) for part in chunk]
        )

    def work(part: Part) -> dict[str, Any]:
        results = price(read(part))
        good = [result for result in results if result is not None]
        keep(good)
        places = [f"{part['start']}+{n}" for n, result in enumerate(results) if result is None]
        return {"good": {part["start"]: len(good)}, "bad": len(places), "bad_places": places}

    builder = StateGraph(Small).add_node(plan).add_node("part", work)
    return builder.add_edge(START, "plan").add_edge("part", "plan")
