# says: judge each error by itself
def build_fetcher(fetch: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that downloads a page, and tries again when the connection drops."""

    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state: Download) -> Download:
        dropped = False
        for attempt in range(3):
            try:
                return {"page": fetch(state["url"])}
            except Exception as error:
                dropped = dropped or isinstance(error, ConnectionError)
                if not dropped or attempt == 2:
                    raise
        return None

    builder = StateGraph(Download)
    builder.add_node("download", download)
    builder.add_edge(START, "download").add_edge("download", END)
    return builder.compile()
