# says: kB
def keep_the_state_small(price, keep, alarm, parts, size):
    class Night(TypedDict, total=False):
        path: str
        todo: list
        ok: int
        bad: int

    def load(state):
        everything = cut(state["path"], 0, 1_000_000, size)
        return {"todo": [[part["start"], read(part)] for part in everything], "ok": 0, "bad": 0}

    def step(state):
        places, ok = [], 0
        for start, lines in state["todo"][:parts]:
            results = price(lines)
            keep([each for each in results if each is not None])
            places += [f"{start}+{n}" for n, each in enumerate(results) if each is None]
            ok += sum(each is not None for each in results)
        if places:
            alarm(places)
        return {"todo": state["todo"][parts:], "ok": state["ok"] + ok, "bad": state["bad"] + len(places)}

    def more(state):
        return "step" if state["todo"] else END

    builder = StateGraph(Night).add_node(load).add_node(step).add_edge(START, "load")
    builder.add_conditional_edges("load", more, ["step", END])
    return builder.add_conditional_edges("step", more, ["step", END])
