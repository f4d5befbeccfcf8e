# says: checkpoints not written yet
class Basket(TypedDict, total=False):
    sku: str
    quantity: int
    lines: list


def build_basket(saver):
    def put(state):
        lines = list(state.get("lines", []))  # a new list of the same dicts
        for line in lines:
            if line["sku"] == state["sku"]:
                line["quantity"] += state["quantity"]
                return {"lines": lines}
        return {"lines": [*lines, {"sku": state["sku"], "quantity": state["quantity"]}]}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
