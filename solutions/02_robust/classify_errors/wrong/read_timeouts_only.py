# says: a timeout while connecting
def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    broken = (
        requests.exceptions.ReadTimeout,
        requests.exceptions.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        httpx.ReadTimeout,
        httpx.NetworkError,
        httpx.RemoteProtocolError,
    )

    def temporary(problem):
        if isinstance(problem, (requests.HTTPError, httpx.HTTPStatusError)):
            status = problem.response.status_code
            return status == 429 or 500 <= status <= 599
        return isinstance(problem, broken)

    def look_up(state: Lookup) -> dict:
        for left in (2, 1, 0):
            try:
                return {"price": fetch(state["sku"])}
            except Exception as problem:
                if not left or not temporary(problem):
                    raise
                time.sleep(0.01)
        return None

    return StateGraph(Lookup).add_node(look_up).add_edge(START, "look_up").compile(checkpointer=saver)
