# says: before the chunk before had ended
def split_the_work(work, report, parts, size):
    class Night(TypedDict, total=False):
        path: str

    def run(state):
        everything = cut(state["path"], 0, 1_000_000, size)
        with ThreadPoolExecutor(parts) as pool:  # a place that is free takes the next part
            found = list(pool.map(work, everything))
        ok, bad = (sum(each[name] for each in found) for name in ("ok", "bad"))
        report(ok, bad)
        return {"ok": ok, "bad": bad}

    class Counted(Night, total=False):
        ok: int
        bad: int

    return StateGraph(Counted).add_node(run).add_edge(START, "run")
