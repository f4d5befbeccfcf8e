# says: checkpoints not written yet
def build_basket(saver: BaseCheckpointSaver) -> CompiledStateGraph:
    """Return a graph whose threads are baskets; what it returns is what it saves."""

    class Basket(TypedDict, total=False):
        sku: str
        quantity: int
        lines: list[dict[str, Any]]

    def put(state: Basket) -> Basket:
        return {"lines": [*state.get("lines", []), {"sku": state["sku"], "quantity": state["quantity"]}]}

    def merge(state: Basket) -> Basket:
        merged: list[dict[str, Any]] = []
        for line in state["lines"]:
            same = next((one for one in merged if one["sku"] == line["sku"]), None)
            if same is None:
                merged.append(line)
            else:
                same["quantity"] += line["quantity"]
        return {"lines": merged}

    builder = StateGraph(Basket).add_node("put", put).add_node("merge", merge)
    builder.add_edge(START, "put").add_edge("put", "merge").add_edge("merge", END)
    return builder.compile(checkpointer=saver)
