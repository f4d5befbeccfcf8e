# says: 64-bit
def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    class Loop(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]
        masks: Annotated[list[tuple[int, int]], operator.add]  # a part's start, and a bit for each bad line

    def plan(state: Loop) -> Command[Literal["work", "__end__"]]:
        places = []
        for start, mask in sorted(state.get("masks", [])):
            places += [f"{start}+{number}" for number in range(mask.bit_length()) if mask >> number & 1]
        if places:
            alarm(places)
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return Command(update={"masks": Overwrite([])}, goto=END)
        update = {"masks": Overwrite([]), "cursor": chunk[-1]["end"]}
        return Command(update=update, goto=[Send("work", part) for part in chunk])

    def work(part: Part) -> Loop:
        results = price(read(part))
        mask = sum(1 << number for number, result in enumerate(results) if result is None)
        keep([result for result in results if result is not None])
        bad = mask.bit_count()
        return {"ok": len(results) - bad, "bad": bad, "masks": [(part["start"], mask)] if mask else []}

    builder = StateGraph(Loop).add_node(plan).add_node(work)
    return builder.add_edge(START, "plan").add_edge("work", "plan")
