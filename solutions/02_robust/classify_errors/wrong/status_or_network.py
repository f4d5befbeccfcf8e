# says: will make no more sense
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def is_temporary(error):
        if isinstance(error, (requests.HTTPError, httpx.HTTPStatusError)):
            return error.response.status_code == 429 or error.response.status_code >= 500
        # A client's error without a status comes from the network.
        return isinstance(error, (requests.RequestException, httpx.TransportError))

    def look_up(state):
        return {"price": fetch(state["sku"])}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)
