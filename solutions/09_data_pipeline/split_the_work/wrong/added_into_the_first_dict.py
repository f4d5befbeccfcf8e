# says: add up in variables of your own
def split_the_work(
    work: Callable[[Part], dict[str, int]], report: Callable[[int, int], object], parts: int, size: int
) -> StateGraph:
    """Adds all counts to the first."""

    class State(TypedDict, total=False):
        path: str
        ok: int
        bad: int

    def everything(state: State):
        total = None
        cursor = 0
        with ThreadPoolExecutor(parts) as pool:
            while chunk := cut(state["path"], cursor, parts, size):
                for done in list(pool.map(work, chunk)):
                    if total is None:
                        total = done
                        continue
                    total["ok"] += done["ok"]
                    total["bad"] += done["bad"]
                cursor = chunk[-1]["end"]
        total = total or {"ok": 0, "bad": 0}
        report(total["ok"], total["bad"])
        return {"ok": total["ok"], "bad": total["bad"]}

    return StateGraph(State).add_node("everything", everything).add_edge(START, "everything")
