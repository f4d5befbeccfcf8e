# says: return the page from a node before the one that publishes it
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

    def choose(state: Page) -> Page:
        for _ in range(attempts):
            try:
                return {"items": list(recommend(state["customer"])), "degraded": False}
            except Exception:
                time.sleep(0.01)
        return {"degraded": True}  # `items` stays what the last run showed

    def show(state: Page) -> Page:
        items = list(state.get("items", default))  # the first run has nothing to show yet
        publish(state["customer"], list(items), state["degraded"])
        return {"items": items}

    builder = StateGraph(Page)
    builder.add_node("choose", choose)
    builder.add_node("show", show)
    builder.add_edge(START, "choose")
    builder.add_edge("choose", "show")
    builder.add_edge("show", END)
    return builder.compile(checkpointer=saver)
