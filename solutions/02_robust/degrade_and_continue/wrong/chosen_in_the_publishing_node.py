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

    @task
    def choose(customer: str, shown: list[str]) -> tuple[list[str], bool]:
        for _ in range(attempts):
            try:
                return list(recommend(customer)), False
            except Exception:
                time.sleep(0.01)
        return shown, True

    def front_page(state: Page) -> Page:
        # The task's result is saved: a run that's resumed publishes the same page.
        items, degraded = choose(state["customer"], list(state.get("items", default))).result()
        publish(state["customer"], list(items), degraded)
        return {"items": items, "degraded": degraded}

    builder = StateGraph(Page)
    builder.add_node("front_page", front_page)
    builder.add_edge(START, "front_page")
    builder.add_edge("front_page", END)
    return builder.compile(checkpointer=saver)
