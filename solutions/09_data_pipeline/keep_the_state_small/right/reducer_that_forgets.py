def latest(old, new):
    """A reducer of our own: `None` clears the list."""
    return [] if new is None else (old or []) + new


def keep_the_state_small(price, keep, alarm, parts, size):
    class Small(TypedDict, total=False):
        path: str
        begun: int
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]
        missed: Annotated[list, latest]

    def plan(state):
        begun = state.get("cursor", 0)
        chunk = cut(state["path"], begun, parts, size)
        return {"begun": begun, "cursor": chunk[-1]["end"] if chunk else begun, "missed": None}

    def fan_out(state):
        return [Send("part", part) for part in cut(state["path"], state["begun"], parts, size)] or END

    def work(part):
        results = price(read(part))
        keep([each for each in results if each is not None])
        missed = [[part["start"], n] for n, each in enumerate(results) if each is None]
        return {"ok": len(results) - len(missed), "bad": len(missed), "missed": missed}

    def tell(state):
        if state["missed"]:
            alarm([f"{start}+{n}" for start, n in sorted(state["missed"])])

    builder = StateGraph(Small).add_node(plan).add_node("part", work).add_node(tell)
    builder.add_edge(START, "plan").add_conditional_edges("plan", fan_out, ["part", END])
    return builder.add_edge("part", "tell").add_edge("tell", "plan")
