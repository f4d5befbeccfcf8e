# says: an order that never reached its handler
# clears the fields only where the last order came to an outcome
def build_orders(saver, validate, process, handlers):
    class Orders(TypedDict, total=False):
        order: dict[str, Any]
        outcome: str | None
        error: dict[str, str] | None
        result: str | None

    def failed(step: str, error: Exception) -> dict[str, Any]:
        return {"error": {"step": step, "type": type(error).__name__, "message": str(error)}}

    def validate_node(state: Orders) -> Command:
        ended = state.get("outcome") is not None or "error" not in state
        fresh = {"outcome": None, "error": None, "result": None} if ended else {}
        try:
            validate(state["order"])
        except GraphBubbleUp:
            raise
        except Exception as error:
            goto = "reject" if isinstance(error, ValueError) else "page"
            return Command(goto=goto, update=fresh | failed("validate", error))
        return Command(goto="process", update=fresh)

    def process_node(state: Orders) -> Command:
        try:
            text = process(state["order"])
        except GraphBubbleUp:
            raise
        except Exception as error:
            goto = "park" if isinstance(error, (ConnectionError, TimeoutError)) else "page"
            return Command(goto=goto, update=failed("process", error))
        return Command(goto=END, update={"outcome": "done", "result": text})

    def handler_node(name: str) -> Callable[[Orders], Orders]:
        return lambda state: {"outcome": name, "result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(Orders).add_edge(START, "validate")
    builder.add_node("validate", validate_node).add_node("process", process_node)
    for name in ("reject", "park", "page"):
        builder.add_node(name, handler_node(name))
    return builder.compile(checkpointer=saver)
