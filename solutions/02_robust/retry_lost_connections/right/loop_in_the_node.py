def build_fetcher(fetch):
    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state):
        for attempt in range(3):
            try:
                return {"page": fetch(state["url"])}
            except ConnectionError:
                if attempt == 2:
                    raise
        return None

    builder = StateGraph(Download).add_node(download)
    return builder.add_edge(START, "download").compile()
