# says: append to in place and also return counts twice
class Basket(TypedDict, total=False):
    sku: str
    quantity: int
    lines: Annotated[list, operator.add]


def build_basket(saver):
    def put(state):
        lines = state["lines"]
        for line in lines:
            if line["sku"] == state["sku"]:
                line["quantity"] += state["quantity"]
                return {"lines": lines}
        lines.append({"sku": state["sku"], "quantity": state["quantity"]})
        return {"lines": lines}  # returned, too: the reducer adds the list to itself

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
