# says: the last order's: clear `outcome` and `result`
# an order that fails in `validate` keeps the result of the one before
def build_orders(
    saver: BaseCheckpointSaver,
    validate: Callable[[dict[str, Any]], object],
    process: Callable[[dict[str, Any]], str],
    handlers: dict[str, Callable[[dict[str, Any], dict[str, str]], str]],
) -> CompiledStateGraph:
    """Return a graph that sends each kind of failure to the node that handles it."""

    class Desk(TypedDict, total=False):
        order: dict[str, Any]
        outcome: str | None
        error: dict[str, str] | None
        result: str | None

    def failed(step: str, name: str, error: Exception) -> Command:
        told = {"step": step, "type": type(error).__name__, "message": str(error)}
        return Command(update={"outcome": name, "error": told}, goto=name)

    def check_order(state: Desk) -> Command:
        try:
            validate(state["order"])
        except GraphBubbleUp:
            raise  # a question to a person, not a failure
        except ValueError as error:
            return failed("validate", "reject", error)
        except Exception as error:
            return failed("validate", "page", error)
        # An earlier order of this thread may have left something.
        return Command(update={"outcome": None, "error": None, "result": None}, goto="process")

    def process_order(state: Desk) -> Command:
        try:
            text = process(state["order"])
        except GraphBubbleUp:
            raise
        except (ConnectionError, TimeoutError) as error:
            return failed("process", "park", error)
        except Exception as error:
            return failed("process", "page", error)
        return Command(update={"outcome": "done", "result": text}, goto=END)

    def handling(name: str) -> Callable[[Desk], Desk]:
        return lambda state: {"result": handlers[name](state["order"], state["error"])}

    builder = StateGraph(Desk)
    builder.add_node("validate", check_order, destinations=("process", "reject", "page"))
    builder.add_node("process", process_order, destinations=("park", "page", END))
    for name in ("reject", "park", "page"):
        builder.add_node(name, handling(name))
        builder.add_edge(name, END)
    builder.add_edge(START, "validate")
    return builder.compile(checkpointer=saver)
