def split_the_work(work, report, parts, size):
    """Each part returns what it counted; the planner adds up, and clears the list."""

    class Night(TypedDict, total=False):
        path: str
        cursor: int
        counted: Annotated[list, operator.add]
        ok: int
        bad: int

    def plan(state):
        ok, bad = (
            state.get(name, 0) + sum(each[name] for each in state.get("counted", []))
            for name in ("ok", "bad")
        )
        chunk = cut(state["path"], state.get("cursor", 0), parts, size)
        if not chunk:
            report(ok, bad)
            return Command(update={"ok": ok, "bad": bad})
        update = {"ok": ok, "bad": bad, "counted": Overwrite([]), "cursor": chunk[-1]["end"]}
        return Command(update=update, goto=[Send("part", part) for part in chunk])

    builder = StateGraph(Night).add_node(plan, destinations=("part",))
    builder.add_node("part", lambda part: {"counted": [work(part)]})
    return builder.add_edge(START, "plan").add_edge("part", "plan")
