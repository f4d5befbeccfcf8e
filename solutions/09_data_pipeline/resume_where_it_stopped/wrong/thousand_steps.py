# says: with `recursion_limit`
class Tonight(TypedDict, total=False):
    path: str
    cursor: int
    ok: int
    bad: int


def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Run a night from wherever it is; a kill costs at most `most` lines."""

    def one_part(state):
        parts = cut(state["path"], state["cursor"], 1, most)
        if not parts:
            return Command(goto=END)
        done = work(parts[0])
        sums = {name: state[name] + done[name] for name in ("ok", "bad")}
        return Command(update={"cursor": parts[0]["end"], **sums}, goto="one_part")

    builder = StateGraph(Tonight)
    builder.add_node("one_part", one_part, destinations=("one_part", END))
    builder.add_edge(START, "one_part")
    graph = builder.compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}, "recursion_limit": 1000}
    begun = graph.get_state(config).created_at
    first = None if begun else {"path": path, "cursor": 0, "ok": 0, "bad": 0}
    graph.invoke(first, config, durability="sync")
    values = graph.get_state(config).values
    return {"ok": values["ok"], "bad": values["bad"]}
