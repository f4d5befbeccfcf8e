# says: whatever ended the run before
from collections import Counter

LOST = (
    requests.Timeout,
    requests.ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.RemoteProtocolError,
)


def temporary(error: Exception) -> bool:
    if isinstance(error, (requests.HTTPError, httpx.HTTPStatusError)):
        status = error.response.status_code
        return status == 429 or 500 <= status < 600
    return isinstance(error, LOST)


def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    failures: Counter[str] = Counter()  # of each thread's run

    def look_up(state: Lookup, config) -> Lookup:
        thread = config["configurable"]["thread_id"]
        while True:
            try:
                price = fetch(state["sku"])
            except Exception as error:
                failures[thread] += 1
                if not temporary(error):
                    raise
                if failures[thread] >= 3:
                    del failures[thread]
                    raise
                time.sleep(0.01)
            else:
                failures.pop(thread, None)
                return {"price": price}

    builder = StateGraph(Lookup)
    builder.add_node("look_up", look_up)
    builder.add_edge(START, "look_up")
    builder.add_edge("look_up", END)
    return builder.compile(checkpointer=saver)
