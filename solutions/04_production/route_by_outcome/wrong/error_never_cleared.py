# says: the last order's: a channel keeps
class Orders(TypedDict, total=False):
    order: dict
    outcome: str
    error: dict
    result: Any


def build_orders(saver, validate, process, handlers):
    def attempt(step, run, expected, handler, then):
        def node(state):
            try:
                result = run(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                name = handler if isinstance(error, expected) else "page"
                told = {"step": step, "type": type(error).__name__, "message": str(error)}
                return Command(update={"outcome": name, "error": told}, goto=name)
            # Nothing went wrong, so there is no error to write.
            kept = {"result": result} if step == "process" else {}
            return Command(update={"outcome": "done", **kept}, goto=then)

        return node

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", attempt("validate", validate, ValueError, "reject", "process"))
    builder.add_node("process", attempt("process", process, (ConnectionError, TimeoutError), "park", END))
    for name in handlers:
        builder.add_node(
            name, lambda state, name=name: {"result": handlers[name](state["order"], state["error"])}
        )
    return builder.compile(checkpointer=saver)
