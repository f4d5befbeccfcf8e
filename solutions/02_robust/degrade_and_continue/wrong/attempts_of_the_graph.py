# says: each run has its own attempts
def build_front_page(saver, recommend, publish, attempts, default):
    class Page(TypedDict, total=False):
        customer: str
        items: list[str]
        degraded: bool

    tried = []

    class Nodes:
        @staticmethod
        def choose(state):
            while len(tried) < attempts:
                try:
                    return {"items": list(recommend(state["customer"])), "degraded": False}
                except Exception:
                    tried.append(1)
                    time.sleep(0.01)
            return {"items": list(state.get("items", default)), "degraded": True}

        @staticmethod
        def show(state):
            publish(state["customer"], list(state["items"]), state["degraded"])
            return {}

    builder = StateGraph(Page)
    builder.add_node("choose", Nodes.choose).add_node("show", Nodes.show)
    builder.add_edge(START, "choose").add_edge("choose", "show")
    return builder.compile(checkpointer=saver)
