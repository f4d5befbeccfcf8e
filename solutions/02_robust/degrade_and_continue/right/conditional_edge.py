class Front(TypedDict, total=False):
    customer: str
    items: list[str]
    shown: list[str]
    degraded: bool


def build_front_page(saver, recommend, publish, attempts, default):
    """The error is state: a conditional edge sends it to a fallback node of its own."""

    @task(retry_policy=RetryPolicy(0.01, max_attempts=attempts, jitter=False, retry_on=lambda error: True))
    def ask(customer: str) -> list[str]:
        return recommend(customer)

    def choose(state: Front) -> Front:
        try:
            return {"items": ask(state["customer"]).result(), "degraded": False}
        except Exception:
            return {"degraded": True}

    def fall_back(state: Front) -> Front:
        return {"items": state.get("shown", default)}

    def show(state: Front) -> Front:
        publish(state["customer"], state["items"], state["degraded"])
        return {"shown": state["items"]}

    builder = StateGraph(Front).add_node(choose).add_node(fall_back).add_node(show)
    builder.add_conditional_edges(
        "choose", lambda state: "fall_back" if state["degraded"] else "show", ["fall_back", "show"]
    )
    builder.add_edge(START, "choose").add_edge("fall_back", "show")
    return builder.compile(checkpointer=saver)
