import copy


class Basket(TypedDict, total=False):
    sku: str
    quantity: int
    lines: list


def build_basket(saver):
    """Two nodes, and a deep copy to work on."""

    def open_basket(state):
        return {} if "lines" in state else {"lines": []}

    def put(state):
        lines = copy.deepcopy(state["lines"])
        for line in lines:
            if line["sku"] == state["sku"]:
                line["quantity"] += state["quantity"]
                break
        else:
            lines.append({"sku": state["sku"], "quantity": state["quantity"]})
        return {"lines": lines}

    builder = StateGraph(Basket).add_sequence([open_basket, put]).add_edge(START, "open_basket")
    return builder.compile(checkpointer=saver)
