# says: raised a `URLError`, whose cause is a


def dropped(error):
    """urllib hides the real error in `reason`."""
    return isinstance(error, ConnectionError) or isinstance(getattr(error, "reason", None), ConnectionError)


def build_fetcher(fetch: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that downloads a page, and tries again when the connection drops."""

    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state: Download) -> Download:
        return {"page": fetch(state["url"])}

    builder = StateGraph(Download)
    policy = RetryPolicy(max_attempts=3, initial_interval=0.01, jitter=False, retry_on=dropped)
    builder.add_node("download", download, retry_policy=policy)
    builder.add_edge(START, "download")
    builder.add_edge("download", END)
    return builder.compile()
