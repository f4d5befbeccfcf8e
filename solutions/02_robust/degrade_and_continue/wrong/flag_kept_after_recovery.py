# says: after a bad run of the same graph
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
                return {"items": recommend(state["customer"])}
            except Exception:
                if attempt + 1 < attempts:
                    time.sleep(0.01)
        return {"items": state.get("items", default), "degraded": True}

    def show(state):
        degraded = state.get("degraded", False)
        publish(state["customer"], state["items"], degraded)
        return {"degraded": degraded}

    builder = StateGraph(Page).add_sequence([choose, show]).add_edge(START, "choose")
    return builder.compile(checkpointer=saver)
