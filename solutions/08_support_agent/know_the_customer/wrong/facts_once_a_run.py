# says: each time you call the model
def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], saver: BaseCheckpointSaver, store: BaseStore
) -> CompiledStateGraph:
    """Return a graph that knows its customers, and keeps them apart."""

    def place(runtime):
        return place_of(getattr(runtime.context, "customer", None))

    read: dict[Any, list[str]] = {}

    def one_line(text):
        return " ".join(text.splitlines())

    def lines(runtime):
        found = store.search(place(runtime), limit=1_000_000)
        return [one_line(f"{item.value['subject']}: {item.value['fact']}") for item in found]

    @tool
    def note(subject: str, fact: str, runtime: ToolRuntime) -> str:
        """Note a fact that the customer has said, under its subject."""
        key = " ".join(subject.split()).casefold()
        store.put(place(runtime), key, {"subject": subject, "fact": fact})
        return "noted"

    @tool
    def recall(runtime: ToolRuntime) -> str:
        """Tell all facts that this customer has said."""
        return "\n".join(lines(runtime))

    def answer(state: Desk, runtime: Runtime[Context]):
        asked = [m.id for m in state["messages"] if m.type == "human"][-1]
        if asked not in read:
            read[asked] = lines(runtime)
        known = read[asked]
        notes = [HumanMessage("\n".join(f"> {line}" for line in known), name="notes")] if known else []
        return {"messages": [model([SystemMessage(RULES), *notes, *state["messages"]])]}

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [note, recall])
    return builder.compile(checkpointer=saver, store=store)
