# says: the question was caught as an error
class Handled(TypedDict, total=False):
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

    def failed(step: str, error: Exception) -> Command:
        match step, error:
            case "validate", ValueError():
                name = "reject"
            case "process", ConnectionError() | TimeoutError():
                name = "park"
            case _:
                name = "page"
        described = {"step": step, "type": type(error).__name__, "message": str(error)}
        return Command(update={"outcome": name, "error": described, "result": None}, goto=name)

    def validating(state: Handled) -> Command:
        try:
            validate(state["order"])
        except Exception as error:
            return failed("validate", error)
        return Command(update={"outcome": None, "error": None, "result": None}, goto="process")

    def processing(state: Handled) -> Command:
        try:
            result = process(state["order"])
        except GraphBubbleUp:
            raise
        except Exception as error:
            return failed("process", error)
        return Command(update={"outcome": "done", "error": None, "result": result}, goto=END)

    def handling(name: str) -> Callable[[Handled], dict[str, str]]:
        return lambda state: {"result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(Handled).add_edge(START, "validate")
    builder.add_node("validate", validating, destinations=("process", "reject", "page"))
    builder.add_node("process", processing, destinations=("park", "page", END))
    for name in ("reject", "park", "page"):
        builder.add_node(name, handling(name))
    return builder.compile(checkpointer=saver)
