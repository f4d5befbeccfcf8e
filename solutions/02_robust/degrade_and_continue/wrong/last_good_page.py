# says: even if it was a default
def build_front_page(
    saver: BaseCheckpointSaver,
    recommend: Callable[[str], list[str]],
    publish: Callable[[str, list[str], bool], None],
    attempts: int,
    default: list[str],
) -> CompiledStateGraph:
    """Build the graph that publishes a customer's front page, with a fallback where nothing is recommended."""

    class Page(TypedDict, total=False):
        customer: str
        items: list[str]
        degraded: bool
        good: list[str]

    def choose(state):
        for attempt in range(attempts):
            try:
                items = list(recommend(state["customer"]))
            except Exception:
                if attempt + 1 < attempts:
                    time.sleep(0.01)
            else:
                return {"items": items, "degraded": False, "good": items}
        shown = state.get("good")
        return {"items": list(default) if shown is None else shown, "degraded": True}

    def show(state):
        publish(state["customer"], list(state["items"]), state["degraded"])
        return {}

    builder = StateGraph(Page)
    builder.add_node("choose", choose)
    builder.add_node("show", show)
    builder.add_edge(START, "choose")
    builder.add_edge("choose", "show")
    builder.add_edge("show", END)
    return builder.compile(checkpointer=saver)
