# says: starts counting anew
def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    class Lookup(TypedDict, total=False):
        sku: str
        price: int
        attempts: int
        found: bool

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

    def begin(state: Lookup) -> Lookup:
        return {"attempts": 0, "found": False}

    def look_up(state: Lookup) -> Lookup:
        try:
            return {"price": fetch(state["sku"]), "found": True}
        except Exception as error:
            if state["attempts"] == 2 or not is_temporary(error):
                raise
            return {"attempts": state["attempts"] + 1}

    def route(state: Lookup) -> str:
        return END if state["found"] else "look_up"

    builder = StateGraph(Lookup).add_node(begin).add_node(look_up)
    builder.add_edge(START, "begin").add_edge("begin", "look_up")
    builder.add_conditional_edges("look_up", route, ["look_up", END])
    return builder.compile(checkpointer=saver)
