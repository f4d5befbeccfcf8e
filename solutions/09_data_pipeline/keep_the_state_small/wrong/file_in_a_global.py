# says: call it once for each part
def keep_the_state_small(price, keep, alarm, parts, size):
    lines = {}  # not in the state

    class Night(TypedDict, total=False):
        path: str
        cursor: int
        ok: int
        bad: int

    def step(state):
        if not lines:
            lines.update(
                (part["start"], (read(part), part["end"])) for part in cut(state["path"], 0, 10**6, size)
            )
        cursor, places, ok = state.get("cursor", 0), [], 0
        for _ in range(parts):
            if cursor in lines:
                start, (some, cursor) = cursor, lines[cursor]
                results = price(some)
                keep([each for each in results if each is not None])
                places += [f"{start}+{n}" for n, each in enumerate(results) if each is None]
                ok += sum(each is not None for each in results)
        if places:
            alarm(places)
        return {"cursor": cursor, "ok": state.get("ok", 0) + ok, "bad": state.get("bad", 0) + len(places)}

    builder = StateGraph(Night).add_node(step).add_edge(START, "step")
    return builder.add_conditional_edges(
        "step", lambda s: "step" if s["cursor"] in lines else END, ["step", END]
    )
