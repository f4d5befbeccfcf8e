# says: LangGraph saves only the state's channels
class Page(TypedDict, total=False):
    customer: str
    items: list[str]


def build_front_page(saver, recommend, publish, attempts, default):
    degraded = False  # about this run, so it need not be in the state

    def choose(state):
        nonlocal degraded
        items = recommend(state["customer"])
        degraded = False
        return {"items": items}

    def fall_back(state, error: NodeError):
        nonlocal degraded
        degraded = True
        return Command(update={"items": state.get("items", default)}, goto="publish")

    def publish_page(state):
        publish(state["customer"], state["items"], degraded)

    policy = RetryPolicy(max_attempts=attempts, initial_interval=0.01, jitter=False, retry_on=Exception)
    builder = StateGraph(Page).add_node("publish", publish_page)
    builder.add_node("choose", choose, retry_policy=policy, error_handler=fall_back)
    return builder.add_edge(START, "choose").add_edge("choose", "publish").compile(checkpointer=saver)
