class Price(TypedDict, total=False):
    sku: str
    price: int


def build_lookup(saver, fetch):
    """One policy for each client: the first that matches is used."""

    def by_requests(error):
        if isinstance(error, requests.HTTPError):
            return error.response.status_code in {429, *range(500, 600)}
        kinds = requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError
        return isinstance(error, kinds)

    def by_httpx(error):
        if isinstance(error, httpx.HTTPStatusError):
            return error.response.is_server_error or error.response.status_code == 429
        return isinstance(error, (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError))

    class LookUp:
        def __call__(self, state: Price) -> Price:
            return {"sku": state["sku"], "price": fetch(state["sku"])}

    policies = [RetryPolicy(0.01, jitter=False, retry_on=one) for one in (by_requests, by_httpx)]
    builder = StateGraph(Price).add_node("supplier", LookUp(), retry_policy=policies)
    return builder.add_edge(START, "supplier").add_edge("supplier", END).compile(checkpointer=saver)
