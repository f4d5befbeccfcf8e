# says: it's there in every case
def keep_the_state_small(price, keep, alarm, parts, size):
    """The sums begin with the first chunk."""

    class Small(TypedDict, total=False):
        path: str
        cursor: int
        ok: int
        bad: int

    def work(part):
        results = price(read(part))
        keep([each for each in results if each is not None])
        return [f"{part['start']}+{n}" for n, each in enumerate(results) if each is None], len(results)

    def step(state):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            return {"cursor": -1}
        with ThreadPoolExecutor(parts) as pool:
            found = list(pool.map(work, chunk))
        places = [place for some, _ in found for place in some]
        if places:
            alarm(places)
        return {
            "cursor": chunk[-1]["end"],
            "ok": state.get("ok", 0) + sum(count for _, count in found) - len(places),
            "bad": state.get("bad", 0) + len(places),
        }

    builder = StateGraph(Small).add_node(step).add_edge(START, "step")
    return builder.add_conditional_edges("step", lambda s: END if s["cursor"] < 0 else "step", ["step", END])
