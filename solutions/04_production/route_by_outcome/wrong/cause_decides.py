# says: but never its cause
class Desk(TypedDict, total=False):
    order: dict[str, Any]
    outcome: str | None
    error: dict[str, str] | None
    result: str | None


def build_orders(
    saver: BaseCheckpointSaver,
    validate: Callable[[dict[str, Any]], object],
    process: Callable[[dict[str, Any]], str],
    handlers: dict[str, Callable[[dict[str, Any], dict[str, str]], str]],
) -> CompiledStateGraph:
    """Return a graph that sends each kind of failure to the node that handles it."""
    tables = {
        "validate": ((ValueError, "reject"), (Exception, "page")),
        "process": (((ConnectionError, TimeoutError), "park"), (Exception, "page")),
    }

    def failed(step, error):
        error = error.__cause__ or error
        for kinds, name in tables[step]:
            if isinstance(error, kinds):
                handler = name
                break
        told = {"step": step, "type": type(error).__name__, "message": str(error)}
        return Command(update={"outcome": handler, "error": told, "result": None}, goto=handler)

    def validate_node(state):
        try:
            validate(state["order"])
        except GraphBubbleUp:
            raise
        except Exception as error:
            return failed("validate", error)
        return Command(update={"outcome": None, "error": None, "result": None}, goto="process")

    def process_node(state):
        try:
            text = process(state["order"])
        except GraphBubbleUp:
            raise
        except Exception as error:
            return failed("process", error)
        return {"outcome": "done", "result": text}

    def handling(name):
        def handle(state):
            return {"result": handlers[name](state["order"], state["error"])}

        return handle

    builder = StateGraph(Desk)
    builder.add_node("validate", validate_node, destinations=("process", "reject", "page"))
    builder.add_node("process", process_node, destinations=("park", "page"))
    for name in ("reject", "park", "page"):
        builder.add_node(name, handling(name))
    builder.add_edge(START, "validate")
    return builder.compile(checkpointer=saver)
