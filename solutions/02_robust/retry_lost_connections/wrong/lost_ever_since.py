# says: judge each error by itself
def build_fetcher(fetch: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that downloads a page, and tries again when the connection drops."""

    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state: Download) -> Download:
        return {"page": fetch(state["url"])}

    drops = []  # a server that drops connections is a bad one: whatever it fails with is worth another attempt

    def worth_it(error: Exception) -> bool:
        if isinstance(error, ConnectionError):
            drops.append(error)
        return bool(drops)

    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=worth_it)
    builder = StateGraph(Download).add_node(download, retry_policy=policy)
    return builder.add_edge(START, "download").compile()
