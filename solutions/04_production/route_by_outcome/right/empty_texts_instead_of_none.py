ROUTES = {
    "validate": [(ValueError, "reject"), (Exception, "page")],
    "process": [((ConnectionError, TimeoutError), "park"), (Exception, "page")],
}


class _Desk:
    def __init__(self, validate, process, handlers):
        self.calls = {"validate": validate, "process": process}
        self.handlers = handlers

    def step(self, name):
        def node(state):
            clean = {"outcome": "", "error": None, "result": ""}
            try:
                text = self.calls[name](state["order"])
            except Exception as error:
                if isinstance(error, GraphBubbleUp):
                    raise
                where = next(goal for kind, goal in ROUTES[name] if isinstance(error, kind))
                return {
                    "outcome": where,
                    "error": {"step": name, "type": error.__class__.__name__, "message": str(error)},
                    "result": "",
                }
            return clean | ({"outcome": "done", "result": text} if name == "process" else {})

        return node

    def handler(self, name):
        return lambda state: {"result": self.handlers[name](state["order"], state["error"])}


def build_orders(saver, validate, process, handlers):
    desk = _Desk(validate, process, handlers)
    schema = TypedDict("schema", {"order": dict, "outcome": str, "error": dict, "result": str})
    builder = StateGraph(schema).add_edge(START, "validate")
    for name in ROUTES:
        builder.add_node(name, desk.step(name))
    for name in ("reject", "park", "page"):
        builder.add_node(name, desk.handler(name))
    ways = {"reject": "reject", "page": "page", "park": "park", "": "process", "done": END}
    builder.add_conditional_edges("validate", lambda state: state["outcome"], ways)
    builder.add_conditional_edges("process", lambda state: state["outcome"], ways)
    return builder.compile(checkpointer=saver)
