# says: counts the first attempt
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    broken = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        httpx.TransportError,
    )

    def is_temporary(error):
        if isinstance(error, (requests.HTTPError, httpx.HTTPStatusError)):
            return error.response.status_code == 429 or error.response.status_code >= 500
        return isinstance(error, broken)

    def look_up(state):
        return {"price": fetch(state["sku"])}

    # Three attempts: the first, and two that are tried again.
    policy = RetryPolicy(max_attempts=2, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)
