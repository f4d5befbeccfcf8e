# says: what doesn't raise has worked
def build_fetcher(fetch: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that downloads a page, and tries again when the connection drops."""

    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state: Download) -> Download:
        page = fetch(state["url"])
        if not page:
            raise ConnectionError("empty page")
        return {"page": page}

    builder = StateGraph(Download)

    def dropped(error: Exception) -> bool:
        return isinstance(error, ConnectionError)

    policy = RetryPolicy(initial_interval=0.01, jitter=False, max_attempts=3, retry_on=dropped)
    builder.set_node_defaults(retry_policy=policy)
    return builder.add_sequence([download]).add_edge(START, "download").compile()
