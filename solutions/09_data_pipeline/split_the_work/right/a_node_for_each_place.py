def split_the_work(work, report, parts, size):
    """No `Send`: as many nodes as places, each of which takes its own part of the chunk."""

    class Night(TypedDict, total=False):
        path: str
        chunk: list
        counts: dict

    class Counted(Night):
        ok: Annotated[int, operator.add]
        bad: Annotated[int, operator.add]

    def plan(state):
        chunk = cut(state["path"], state["chunk"][-1]["end"] if state.get("chunk") else 0, parts, size)
        return {"chunk": chunk}

    def place(number):
        def run(state):
            return work(state["chunk"][number]) if number < len(state["chunk"]) else {}

        return run

    def tell(state):
        report(state["ok"], state["bad"])

    names = [f"place {number}" for number in range(parts)]
    builder = StateGraph(Counted).add_node(plan).add_node(tell).add_edge(START, "plan")
    builder.add_conditional_edges("plan", lambda state: names if state["chunk"] else "tell", [*names, "tell"])
    for number, name in enumerate(names):
        builder.add_node(name, place(number)).add_edge(name, "plan")
    return builder
