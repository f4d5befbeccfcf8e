# says: outlives the run
class Page(TypedDict, total=False):
    customer: str
    items: list[str]
    degraded: bool


def build_front_page(
    saver: BaseCheckpointSaver,
    recommend: Callable[[str], list[str]],
    publish: Callable[[str, list[str], bool], None],
    attempts: int,
    default: list[str],
) -> CompiledStateGraph:
    """Build the graph that publishes a customer's front page, with a fallback where nothing is recommended."""

    def choose(state):
        for attempt in range(attempts):
            try:
                return {"items": recommend(state["customer"]), "degraded": False}
            except Exception:
                if attempt + 1 < attempts:
                    time.sleep(0.01)
        # The customer's thread has what was shown last.
        last = graph.get_state({"configurable": {"thread_id": state["customer"]}}).values
        return {"items": last.get("items", default), "degraded": True}

    def show(state):
        publish(state["customer"], state["items"], state["degraded"])

    builder = StateGraph(Page).add_sequence([choose, show]).add_edge(START, "choose")
    graph = builder.compile(checkpointer=saver)
    return graph
