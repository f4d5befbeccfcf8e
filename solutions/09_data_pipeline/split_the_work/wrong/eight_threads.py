# says: however many they are
class Loop(TypedDict, total=False):
    path: str
    cursor: int
    ok: int
    bad: int


def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Build a graph that works through a file, one chunk of parts after the other, and reports."""

    def step(state: Loop):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        ok, bad = state.get("ok", 0), state.get("bad", 0)
        if not chunk:
            report(ok, bad)
            return Command(update={"ok": ok, "bad": bad}, goto=END)
        with ThreadPoolExecutor(max_workers=min(parts, 8)) as pool:
            counts = list(pool.map(work, chunk))
        update = {
            "cursor": chunk[-1]["end"],
            "ok": ok + sum(each["ok"] for each in counts),
            "bad": bad + sum(each["bad"] for each in counts),
        }
        return Command(update=update, goto="step")

    builder = StateGraph(Loop)
    builder.add_node("step", step, destinations=("step", END))
    builder.add_edge(START, "step")
    return builder
