# says: error classes of their own
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def is_temporary(error):
        response = getattr(error, "response", None)
        if response is not None:
            return response.status_code == 429 or response.status_code >= 500
        return isinstance(error, (ConnectionError, TimeoutError))  # Python has names for these

    def look_up(state):
        return {"price": fetch(state["sku"])}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)
