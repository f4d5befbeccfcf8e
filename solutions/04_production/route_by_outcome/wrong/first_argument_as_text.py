# says: take the text that `str` makes
def build_orders(saver, validate, process, handlers):
    class State(TypedDict, total=False):
        order: dict[str, Any]
        outcome: str
        result: str | None
        error: dict[str, str] | None

    def guarded(step, work, routes, then):
        def node(state: State) -> Command:
            try:
                value = work(state["order"])
            except GraphBubbleUp:
                raise
            except Exception as error:
                goto = next((name for name, kinds in routes.items() if isinstance(error, kinds)), "page")
                told = {
                    "step": step,
                    "type": type(error).__name__,
                    "message": error.args[0] if error.args else "",
                }
                return Command(update={"error": told, "outcome": goto, "result": None}, goto=goto)
            return Command(**then(value))

        return node

    def handler(name):
        return lambda state: {"result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(State)
    builder.add_node(
        "validate",
        guarded("validate", validate, {"reject": ValueError}, lambda _: {"goto": "process"}),
        destinations=("process", *handlers),
    )
    builder.add_node(
        "process",
        guarded(
            "process",
            process,
            {"park": (ConnectionError, TimeoutError)},
            lambda text: {"update": {"outcome": "done", "result": text, "error": None}, "goto": END},
        ),
        destinations=(END, *handlers),
    )
    for name in handlers:
        builder.add_node(name, handler(name))
    return builder.add_edge(START, "validate").compile(checkpointer=saver)
