# says: letter by letter
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list[dict]

    def put(state: Basket):
        lines = [dict(line) for line in state.get("lines", [])]
        for line in lines:
            if state["sku"] in line["sku"]:
                line["quantity"] += state["quantity"]
                break
        else:
            lines.append({"sku": state["sku"], "quantity": state["quantity"]})
        return {"lines": lines}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
