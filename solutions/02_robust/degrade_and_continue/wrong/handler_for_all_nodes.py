# says: to one node only
class Page(TypedDict, total=False):
    customer: str
    items: list[str]
    degraded: bool


def build_front_page(saver, recommend, publish, attempts, default):
    def choose(state):
        return {"items": recommend(state["customer"]), "degraded": False}

    def fall_back(state, error: NodeError):
        goto = "publish" if error.node == "choose" else END  # a page that cannot be published is no page
        return Command(update={"items": state.get("items", default), "degraded": True}, goto=goto)

    def publish_page(state):
        publish(state["customer"], state["items"], state["degraded"])

    policy = RetryPolicy(max_attempts=attempts, initial_interval=0.01, jitter=False, retry_on=Exception)
    builder = StateGraph(Page).set_node_defaults(error_handler=fall_back)
    builder.add_node("choose", choose, retry_policy=policy).add_node("publish", publish_page)
    return builder.add_edge(START, "choose").add_edge("choose", "publish").compile(checkpointer=saver)
