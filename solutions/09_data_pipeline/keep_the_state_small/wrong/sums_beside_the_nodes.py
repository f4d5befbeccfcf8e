# says: keep sums in the state
def keep_the_state_small(
    price: Callable[[list[str]], list[Any]],
    keep: Callable[[list[Any]], object],
    alarm: Callable[[list[str]], object],
    parts: int,
    size: int,
) -> StateGraph:
    """Build the loop of chunks with a state that doesn't grow with the file."""

    sums = Counter()

    class Loop(TypedDict, total=False):
        path: str
        cursor: int
        ok: int
        bad: int
        over: bool

    def chunk(state: Loop) -> dict:
        at, ok = state.get("cursor", 0), 0
        places = []
        for part in cut(state["path"], at, parts, size):
            results = price(read(part))
            good = [one for one in results if one is not None]
            keep(good)
            places += [f"{part['start']}+{n}" for n, one in enumerate(results) if one is None]
            ok, at = ok + len(good), part["end"]
        if places:
            alarm(places)
        over = at == state.get("cursor", 0)
        sums.update(ok=ok - state.get("ok", 0) if False else ok, bad=len(places))
        return {"cursor": at, "ok": sums["ok"], "bad": sums["bad"], "over": over}

    builder = StateGraph(Loop).add_node("chunk", chunk).add_edge(START, "chunk")
    builder.add_conditional_edges("chunk", lambda state: END if state["over"] else "chunk", ["chunk", END])
    return builder
