# says: it is temporary
def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    class Lookup(TypedDict, total=False):
        sku: str
        price: int

    broken = (
        httpx.TimeoutException,
        httpx.NetworkError,
        httpx.RemoteProtocolError,
        requests.Timeout,
        requests.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
    )

    def temporary(error: Exception) -> bool:
        match error:
            case httpx.HTTPStatusError(response=answer) | requests.HTTPError(response=answer):
                if answer is None:
                    return False
                status = answer.status_code
                return status == 429 or (500 <= status <= 599 and status not in (505, 508, 511))
        return isinstance(error, broken)

    def look_up(state: Lookup):
        return Command(update={"price": fetch(state["sku"])})

    policy = RetryPolicy(initial_interval=0.01, jitter=False, max_attempts=3, retry_on=temporary)
    builder = StateGraph(Lookup).add_node("look_up", look_up, retry_policy=policy)
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)
