# says: shared by all threads
def build_front_page(saver, recommend, publish, attempts, default):
    class Page(TypedDict, total=False):
        customer: str
        items: list[str]
        degraded: bool

    last = []

    class Nodes:
        @staticmethod
        def choose(state):
            for _ in range(attempts):
                try:
                    last[:] = recommend(state["customer"])
                    return {"items": list(last), "degraded": False}
                except Exception:
                    time.sleep(0.01)
            return {"items": list(state.get("items", last or default)), "degraded": True}

        @staticmethod
        def show(state):
            publish(state["customer"], list(state["items"]), state["degraded"])
            return {}

    builder = StateGraph(Page)
    builder.add_node("choose", Nodes.choose).add_node("show", Nodes.show)
    builder.add_edge(START, "choose").add_edge("choose", "show")
    return builder.compile(checkpointer=saver)
