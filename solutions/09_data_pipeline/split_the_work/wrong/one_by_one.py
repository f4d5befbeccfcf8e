# says: one at a time
def split_the_work(work, report, parts, size):
    class Night(TypedDict, total=False):
        path: str
        cursor: int
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def step(state):
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            report(state["ok"], state["bad"])
            return Command(goto=END)
        found = [work(part) for part in chunk]
        update = {name: sum(each[name] for each in found) for name in ("ok", "bad")}
        return Command(update={"cursor": chunk[-1]["end"], **update}, goto="step")

    return StateGraph(Night).add_node(step, destinations=("step", END)).add_edge(START, "step")
