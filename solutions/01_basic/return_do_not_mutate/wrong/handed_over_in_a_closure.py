# says: one graph runs many threads
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list[dict[str, Any]]

    work: dict[str, int] = {}

    def load(state: Basket) -> Basket:
        work.clear()
        work.update({line["sku"]: line["quantity"] for line in state.get("lines", [])})
        return {}

    def put(state: Basket) -> Basket:
        work[state["sku"]] = work.get(state["sku"], 0) + state["quantity"]
        return {"lines": [{"sku": sku, "quantity": quantity} for sku, quantity in work.items()]}

    builder = StateGraph(Basket).add_node("load", load).add_node("put", put)
    builder.add_edge(START, "load").add_edge("load", "put").add_edge("put", END)
    return builder.compile(checkpointer=saver)
