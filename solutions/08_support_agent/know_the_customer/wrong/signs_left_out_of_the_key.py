# says: if all their words are the same
# %% [before]
import re


# %% [answer]
_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")


def _one_line(text: str) -> str:
    return _BREAK.sub(" ", text)


def _lines(store: BaseStore, customer: str) -> list[str]:
    """The customer's facts, a line each."""
    place = place_of(customer)
    lines: list[str] = []
    offset, size = 0, 1000
    while found := store.search(place, limit=size, offset=offset):
        lines += [
            f"{_one_line(item.value['subject'])}: {_one_line(item.value['fact'])}"
            for item in found
            if tuple(item.namespace) == tuple(place)
        ]
        offset += size
    return lines


def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], saver: BaseCheckpointSaver, store: BaseStore
) -> CompiledStateGraph:
    """Return a graph that knows its customers, and keeps them apart."""

    @tool
    def note(subject: str, fact: str, runtime: ToolRuntime) -> str:
        """Note a fact that the customer has said, by its subject."""
        place = place_of(runtime.context.customer)
        key = re.sub(r"\W+", "-", subject.casefold()).strip("-")
        runtime.store.put(place, key, {"subject": subject, "fact": fact})
        return "Noted."

    @tool
    def recall(runtime: ToolRuntime) -> str:
        """Recall all facts that the customer has said."""
        return "\n".join(_lines(runtime.store, runtime.context.customer))

    def answer(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        lines = _lines(runtime.store, runtime.context.customer)
        view: list[AnyMessage] = [SystemMessage(RULES)]
        if lines:
            view.append(HumanMessage("\n".join(f"> {line}" for line in lines), name="notes"))
        said = model([*view, *state["messages"]])
        return {"messages": [said.model_copy(update={"id": None})]}

    def guard(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        # Also if there's nothing to answer: the run returns the conversation.
        place_of(runtime.context.customer)
        return {}

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [note, recall])
    builder.add_node("guard", guard)
    builder.add_edge(START, "guard")
    return builder.compile(checkpointer=saver, store=store)
