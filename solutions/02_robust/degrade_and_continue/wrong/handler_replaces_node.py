# says: doesn't follow a failed node's edges
class Page(TypedDict, total=False):
    customer: str
    items: list[str]
    degraded: bool


def build_front_page(saver, recommend, publish, attempts, default):
    def choose(state):
        return {"items": recommend(state["customer"]), "degraded": False}

    def fall_back(state, error: NodeError):
        # It stands in for the node, so what follows the node follows it.
        return {"items": state.get("items", default), "degraded": True}

    def publish_page(state):
        publish(state["customer"], state["items"], state["degraded"])

    policy = RetryPolicy(max_attempts=attempts, initial_interval=0.01, jitter=False, retry_on=Exception)
    builder = StateGraph(Page).add_node("publish", publish_page)
    builder.add_node("choose", choose, retry_policy=policy, error_handler=fall_back)
    return builder.add_edge(START, "choose").add_edge("choose", "publish").compile(checkpointer=saver)
