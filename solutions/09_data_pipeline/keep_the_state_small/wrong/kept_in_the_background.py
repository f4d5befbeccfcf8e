# says: end the step only when `keep` has returned
def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    pool, kept = ThreadPoolExecutor(9), dict[str, list[Any]]()  # by file, so that no night waits for another

    class Small(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]
        bad_places: Annotated[list[str], operator.add]

    def plan(state: Small) -> Command[Literal["part", "__end__"]]:
        if state["bad_places"]:
            alarm(state["bad_places"])
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            for future in kept.pop(state["path"], []):
                future.result()
            return Command(goto=END)
        update = {"cursor": chunk[-1]["end"], "bad_places": Overwrite([])}
        return Command(update=update, goto=[Send("part", part) for part in chunk])

    def work(part: Part) -> dict[str, Any]:
        results = price(read(part))
        good = [result for result in results if result is not None]
        kept.setdefault(part["path"], []).append(pool.submit(keep, good))  # the next part is priced meanwhile
        places = [f"{part['start']}+{n}" for n, result in enumerate(results) if result is None]
        return {"ok": len(good), "bad": len(places), "bad_places": places}

    builder = StateGraph(Small).add_node(plan).add_node("part", work)
    return builder.add_edge(START, "plan").add_edge("part", "plan")
