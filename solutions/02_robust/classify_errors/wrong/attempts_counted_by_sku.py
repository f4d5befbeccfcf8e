# says: and not by sku
def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    broken = (
        requests.exceptions.Timeout,
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        httpx.TimeoutException,
        httpx.NetworkError,
        httpx.RemoteProtocolError,
    )

    def temporary(problem):
        if isinstance(problem, (requests.HTTPError, httpx.HTTPStatusError)):
            status = problem.response.status_code
            return status == 429 or 500 <= status <= 599
        return isinstance(problem, broken)

    tried: dict[str, int] = {}

    def look_up(state: Lookup) -> dict:
        sku = state["sku"]
        tried[sku] = 0
        while True:
            tried[sku] += 1
            try:
                return {"price": fetch(sku)}
            except Exception as problem:
                if tried[sku] >= 3 or not temporary(problem):
                    raise
                time.sleep(0.01)

    return StateGraph(Lookup).add_node(look_up).add_edge(START, "look_up").compile(checkpointer=saver)
