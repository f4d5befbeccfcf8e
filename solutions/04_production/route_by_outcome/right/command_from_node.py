class Book(TypedDict, total=False):
    order: dict
    outcome: str
    error: dict | None
    result: str


class Step:
    """A node that says itself where to go; expected failures are caught first, then all but LangGraph's own."""

    def __init__(self, name, run, expected, handler, then):
        self.name, self.run, self.then = name, run, then
        self.expected, self.handler = expected, handler

    def __call__(self, state):
        try:
            result = self.run(state["order"])
        except self.expected as error:
            return self.fail(error, self.handler)
        except Exception as error:
            if isinstance(error, GraphBubbleUp):
                raise
            return self.fail(error, "page")
        update = {"error": None, "outcome": "done"}
        if self.name == "process":
            update["result"] = result
        return Command(update=update, goto=self.then)

    def fail(self, error, handler):
        told = {"step": self.name, "type": error.__class__.__name__, "message": str(error)}
        return Command(update={"outcome": handler, "error": told, "result": None}, goto=handler)


def build_orders(saver, validate, process, handlers):
    """One class for both steps, and no router."""
    builder = StateGraph(Book)
    builder.add_node("validate", Step("validate", validate, ValueError, "reject", "process"))
    builder.add_node("process", Step("process", process, (ConnectionError, TimeoutError), "park", END))

    def reject(state):
        return {"result": handlers["reject"](state["order"], state["error"])}

    def park(state):
        return {"result": handlers["park"](state["order"], state["error"])}

    def page(state):
        return {"result": handlers["page"](state["order"], state["error"])}

    builder.add_node(reject).add_node(park).add_node(page).add_edge(START, "validate")
    return builder.compile(checkpointer=saver)
