# says: LangGraph's default policy
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def look_up(state):
        return {"price": fetch(state["sku"])}

    # LangGraph knows HTTP: its default retries 5xx and connection errors, and nothing else.
    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)
