def build_fetcher(fetch):
    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state):
        return {"page": fetch(state["url"])}

    def dropped(error):
        return isinstance(error, ConnectionError)

    policy = RetryPolicy(initial_interval=0.01, backoff_factor=1, jitter=False, retry_on=dropped)
    builder = StateGraph(Download).add_node("fetch", download, retry_policy=[policy])
    return builder.add_edge(START, "fetch").compile()
