def build_front_page(
    saver: BaseCheckpointSaver,
    recommend: Callable[[str], list[str]],
    publish: Callable[[str, list[str], bool], None],
    attempts: int,
    default: list[str],
) -> CompiledStateGraph:
    """Build the graph that publishes a customer's front page, with a fallback where nothing is recommended."""

    ### BEGIN SOLUTION
    class Page(TypedDict, total=False):
        customer: str
        items: list[str]
        degraded: bool

    def choose(state: Page) -> Page:
        return {"items": recommend(state["customer"]), "degraded": False}

    def fall_back(state: Page, error: NodeError) -> Command:
        # `goto` is needed: the edges of a node that failed are not followed.
        return Command(update={"items": state.get("items", default), "degraded": True}, goto="publish")

    def publish_page(state: Page) -> None:
        publish(state["customer"], state["items"], state["degraded"])

    policy = RetryPolicy(max_attempts=attempts, initial_interval=0.01, jitter=False, retry_on=Exception)
    builder = StateGraph(Page).add_node("publish", publish_page)
    builder.add_node("choose", choose, retry_policy=policy, error_handler=fall_back)
    return builder.add_edge(START, "choose").add_edge("choose", "publish").compile(checkpointer=saver)
    ### END SOLUTION
