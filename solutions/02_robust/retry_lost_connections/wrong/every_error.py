# says: Name the class to retry on
def build_fetcher(fetch):
    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state):
        return {"page": fetch(state["url"])}

    builder = StateGraph(Download)
    builder.add_node(
        download, retry_policy=RetryPolicy(initial_interval=0.01, jitter=False, retry_on=Exception)
    )
    return builder.add_edge(START, "download").compile()
