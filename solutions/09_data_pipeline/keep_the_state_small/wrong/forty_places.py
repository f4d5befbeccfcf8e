# says: of its chunk, but never of this one
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
        ok: int
        bad: int
        over: bool

    def chunk(state: Loop) -> dict:
        at, ok = state.get("cursor", 0), state.get("ok", 0)
        places = []
        for part in cut(state["path"], at, parts, size):
            results = price(read(part))
            good = [one for one in results if one is not None]
            keep(good)
            places += [f"{part['start']}+{n}" for n, one in enumerate(results) if one is None]
            ok, at = ok + len(good), part["end"]
        if places:
            alarm(places[:40])
        over = at == state.get("cursor", 0)
        return {"cursor": at, "ok": ok, "bad": state.get("bad", 0) + len(places), "over": over}

    builder = StateGraph(Loop).add_node("chunk", chunk).add_edge(START, "chunk")
    builder.add_conditional_edges("chunk", lambda state: END if state["over"] else "chunk", ["chunk", END])
    return builder
