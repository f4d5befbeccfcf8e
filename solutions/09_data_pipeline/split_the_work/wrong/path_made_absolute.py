# says: isn't the input's
def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Works with the full path, in case someone changes the folder."""

    class State(TypedDict, total=False):
        path: str
        ok: int
        bad: int

    def everything(state: State):
        path = str(Path(state["path"]).resolve())
        ok = bad = cursor = 0
        with ThreadPoolExecutor(parts) as pool:
            while chunk := cut(path, cursor, parts, size):
                for done in list(pool.map(work, chunk)):
                    ok += done["ok"]
                    bad += done["bad"]
                cursor = chunk[-1]["end"]
        report(ok, bad)
        return {"ok": ok, "bad": bad}

    return StateGraph(State).add_node("everything", everything).add_edge(START, "everything")
