# says: keep a chunk's places in the state
def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    waiting: dict[str, list[tuple[int, int]]] = {}  # by file, so that two nights don't meet
    lock = threading.Lock()

    class Small(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state: Small) -> Command[Literal["part", "__end__"]]:
        with lock:
            places = sorted(waiting.pop(state["path"], []))
        if places:
            alarm([f"{start}+{number}" for start, number in places])
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(goto=END)
        return Command(update={"cursor": chunk[-1]["end"]}, goto=[Send("part", part) for part in chunk])

    def work(part: Part) -> dict[str, Any]:
        results = price(read(part))
        good = [result for result in results if result is not None]
        keep(good)
        places = [(part["start"], n) for n, result in enumerate(results) if result is None]
        with lock:
            waiting.setdefault(part["path"], []).extend(places)
        return {"ok": len(good), "bad": len(places)}

    builder = StateGraph(Small).add_node(plan).add_node("part", work)
    return builder.add_edge(START, "plan").add_edge("part", "plan")
