# says: may be the error's `__context__`
# what is raised while a failure is handled has that failure as its context
class Lookup(TypedDict, total=False):
    sku: str
    price: int


def is_temporary(error: BaseException | None) -> bool:
    if isinstance(error, requests.HTTPError | httpx.HTTPStatusError):
        return error.response.status_code == 429 or error.response.status_code >= 500
    broken = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)
    while error is not None:  # clients wrap what really went wrong
        if isinstance(error, (*broken, httpx.TransportError)):
            return True
        error = error.__cause__ or error.__context__
    return False


def build_lookup(saver: BaseCheckpointSaver, fetch: Callable[[str], int]) -> CompiledStateGraph:
    """Build a graph that looks a price up, and asks again when that may help."""

    def ask(sku: str, attempt: int = 1) -> int:
        try:
            return fetch(sku)
        except Exception as error:
            if attempt == 3 or not is_temporary(error):
                raise
            return ask(sku, attempt + 1)

    builder = StateGraph(Lookup).add_node("look_up", lambda state: {"price": ask(state["sku"])})
    return builder.add_edge(START, "look_up").compile(checkpointer=saver)
