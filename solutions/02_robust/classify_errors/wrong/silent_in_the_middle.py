# says: falls silent in the middle
import urllib3


def temporary(error: Exception) -> bool:
    """Of requests' ConnectionErrors, only broken connections count: not unknown hosts, refusals, certificates."""
    if isinstance(error, (requests.HTTPError, httpx.HTTPStatusError)):
        status = error.response.status_code
        return status == 429 or 500 <= status < 600
    if isinstance(error, (requests.Timeout, requests.exceptions.ChunkedEncodingError)):
        return True
    if isinstance(error, requests.ConnectionError):
        return bool(error.args) and isinstance(error.args[0], urllib3.exceptions.ProtocolError)
    lost = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError)
    return isinstance(error, lost)


def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    def look_up(state: Lookup) -> Lookup:
        return {"price": fetch(state["sku"])}

    again = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=temporary)
    builder = StateGraph(Lookup)
    builder.add_node("look_up", look_up, retry_policy=again)
    builder.add_edge(START, "look_up")
    builder.add_edge("look_up", END)
    return builder.compile(checkpointer=saver)
