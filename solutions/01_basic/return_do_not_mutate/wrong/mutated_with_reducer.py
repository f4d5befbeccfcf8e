# says: was made in place and not returned
class Basket(TypedDict, total=False):
    sku: str
    quantity: int
    lines: Annotated[list, operator.add]


def build_basket(saver):
    def put(state):
        for line in state["lines"]:
            if line["sku"] == state["sku"]:
                line["quantity"] += state["quantity"]
                break
        else:
            state["lines"].append({"sku": state["sku"], "quantity": state["quantity"]})
        return {}

    return StateGraph(Basket).add_node(put).add_edge(START, "put").compile(checkpointer=saver)
