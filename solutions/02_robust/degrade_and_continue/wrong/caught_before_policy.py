# says: no policy ever sees it
class Page(TypedDict, total=False):
    customer: str
    items: list[str]
    degraded: bool


def build_front_page(saver, recommend, publish, attempts, default):
    def choose(state):
        try:
            return {"items": recommend(state["customer"]), "degraded": False}
        except Exception:  # the policy has done its attempts by then
            return {"items": state.get("items", default), "degraded": True}

    def publish_page(state):
        publish(state["customer"], state["items"], state["degraded"])

    policy = RetryPolicy(max_attempts=attempts, initial_interval=0.01, jitter=False, retry_on=Exception)
    builder = StateGraph(Page).add_node("choose", choose, retry_policy=policy)
    builder.add_node("publish", publish_page).add_edge(START, "choose").add_edge("choose", "publish")
    return builder.compile(checkpointer=saver)
