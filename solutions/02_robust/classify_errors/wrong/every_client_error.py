# says: the status decides
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    def look_up(state):
        return {"price": fetch(state["sku"])}

    # Whatever a client raises is trouble with the network.
    clients = (requests.RequestException, httpx.HTTPError)
    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=clients)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)
