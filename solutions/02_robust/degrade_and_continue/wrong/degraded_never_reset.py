# says: still says degraded
class Page(TypedDict, total=False):
    customer: str
    items: list[str]
    degraded: bool


def build_front_page(saver, recommend, publish, attempts, default):
    def choose(state):
        return {"items": recommend(state["customer"])}  # not degraded, so there is nothing to say

    def fall_back(state, error: NodeError):
        return Command(update={"items": state.get("items", default), "degraded": True}, goto="publish")

    def publish_page(state):
        publish(state["customer"], state["items"], state.get("degraded", False))

    policy = RetryPolicy(max_attempts=attempts, initial_interval=0.01, jitter=False, retry_on=Exception)
    builder = StateGraph(Page).add_node("publish", publish_page)
    builder.add_node("choose", choose, retry_policy=policy, error_handler=fall_back)
    return builder.add_edge(START, "choose").add_edge("choose", "publish").compile(checkpointer=saver)
