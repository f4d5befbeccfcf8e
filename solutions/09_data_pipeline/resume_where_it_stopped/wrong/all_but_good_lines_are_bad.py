# says: a line may be neither good nor bad
class Shift(TypedDict, total=False):
    path: str
    cursor: int
    ok: Annotated[int, operator.add]
    bad: Annotated[int, operator.add]


def resume_where_it_stopped(
    saver: BaseCheckpointSaver, thread_id: str, path: str, work: Callable[[Part], Any], most: int
) -> dict[str, int]:
    """Run a night from wherever it is; a kill costs at most `most` lines."""
    at_once = min(4, most)

    def chunk(state: Shift) -> Command:
        parts = cut(state["path"], state.get("cursor", 0), at_once, most // at_once)
        if not parts:
            return Command(goto=END)
        with ThreadPoolExecutor(at_once) as pool:
            done = list(pool.map(work, parts))
        ok = sum(one["ok"] for one in done)
        sums = {"ok": ok, "bad": sum(len(read(part)) for part in parts) - ok}
        return Command(update={**sums, "cursor": parts[-1]["end"]}, goto="chunk")

    builder = StateGraph(Shift).add_edge(START, "chunk").add_node("chunk", chunk, destinations=("chunk", END))
    graph = builder.compile(checkpointer=saver)
    config = {"configurable": {"thread_id": thread_id}, "recursion_limit": 1_000_000}
    night = graph.get_state(config)
    if night.created_at is None:
        graph.invoke({"path": path, "cursor": 0}, config, durability="sync")
    elif night.tasks:
        graph.invoke(None, config, durability="sync")
    ended = graph.get_state(config).values
    return {"ok": ended.get("ok", 0), "bad": ended.get("bad", 0)}
