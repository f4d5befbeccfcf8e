# says: came at once, and the recommender was down: it was asked
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

    failures = 0  # in a row

    def choose(state: Page) -> Page:
        nonlocal failures
        try:
            items = list(recommend(state["customer"]))
        except Exception:
            failures += 1
            if failures < attempts:
                raise  # the retry policy calls this node again
            items, degraded = list(state.get("items", default)), True
        else:
            degraded = False
        failures = 0
        return {"items": items, "degraded": degraded}

    def show(state: Page) -> Page:
        publish(state["customer"], list(state["items"]), state["degraded"])
        return {}

    again = RetryPolicy(
        max_attempts=attempts, initial_interval=0.01, backoff_factor=1, jitter=False, retry_on=Exception
    )
    builder = StateGraph(Page)
    builder.add_node("choose", choose, retry_policy=again)
    builder.add_node("show", show)
    builder.add_edge(START, "choose")
    builder.add_edge("choose", "show")
    builder.add_edge("show", END)
    return builder.compile(checkpointer=saver)
