# says: so ask the thread's state
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
    """Build the graph that publishes a customer's front page, and keeps beside it what it has shown."""
    shown: dict[str, list[str]] = {}

    def choose(state):
        customer = state["customer"]
        for attempt in range(attempts):
            try:
                shown[customer] = recommend(customer)
                return {"items": shown[customer], "degraded": False}
            except Exception:
                if attempt + 1 < attempts:
                    time.sleep(0.01)
        return {"items": shown.get(customer, state.get("items", default)), "degraded": True}

    def show(state):
        publish(state["customer"], state["items"], state["degraded"])

    builder = StateGraph(Page).add_sequence([choose, show]).add_edge(START, "choose")
    return builder.compile(checkpointer=saver)
