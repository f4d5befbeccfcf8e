from contextlib import suppress


class FrontPage(TypedDict, total=False):
    customer: str
    items: list[str]
    degraded: bool


def build_front_page(saver, recommend, publish, attempts, default):
    """No policy and no handler: a loop in the node, which always has an answer."""

    def choose(state: FrontPage) -> FrontPage:
        for _ in range(attempts):
            with suppress(Exception):
                return {"items": recommend(state["customer"]), "degraded": False}
            time.sleep(0.01)
        return {"items": state.get("items", default), "degraded": True}

    def show(state: FrontPage) -> FrontPage:
        publish(**state)
        return {}

    builder = StateGraph(FrontPage).add_sequence([choose, show]).add_edge(START, "choose")
    return builder.compile(checkpointer=saver)
