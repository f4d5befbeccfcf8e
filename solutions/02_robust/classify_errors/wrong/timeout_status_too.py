# says: status 408
def build_lookup(saver, fetch):
    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    def passing(error):
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(error, (httpx.HTTPStatusError, requests.HTTPError)):
            return status in (408, 429) or status >= 500
        if isinstance(error, requests.exceptions.JSONDecodeError):
            return False
        return isinstance(
            error,
            (
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
                httpx.TimeoutException,
                httpx.NetworkError,
                httpx.RemoteProtocolError,
            ),
        )

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=passing)
    builder = StateGraph(Lookup).add_node("look", lambda s: {"price": fetch(s["sku"])}, retry_policy=policy)
    return builder.add_edge(START, "look").compile(checkpointer=saver)
