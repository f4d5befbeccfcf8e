# says: if all their words are the same
import hashlib
import unicodedata


def build_desk(
    model: Callable[[list[AnyMessage]], AIMessage], saver: BaseCheckpointSaver, store: BaseStore
) -> CompiledStateGraph:
    """Return a graph that knows its customers, and keeps them apart."""

    def flat(text: str) -> str:
        return "".join(" " if part.splitlines() == [""] else part for part in text)

    def facts(customer: str | None) -> list[str]:
        items = store.search(place_of(customer), limit=1000)
        return [f"{flat(item.value['subject'])}: {flat(item.value['fact'])}" for item in items]

    @tool
    def note(subject: str, fact: str, runtime: ToolRuntime) -> str:
        """Remember a fact about the customer; it replaces what was known about the subject."""
        plain = " ".join(unicodedata.normalize("NFKC", subject).casefold().split())
        key = hashlib.sha256(plain.encode()).hexdigest()
        store.put(place_of(runtime.context.customer), key, {"subject": subject, "fact": fact})
        return "noted"

    @tool
    def recall(runtime: ToolRuntime) -> str:
        """List what is known about the customer."""
        return "\n".join(facts(runtime.context.customer))

    def answer(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        customer = runtime.context.customer
        place_of(customer)  # it raises without one
        messages: list[AnyMessage] = [SystemMessage(RULES)]
        if notes := facts(customer):
            messages.append(HumanMessage("\n".join(f"> {each}" for each in notes), name="notes"))
        return {"messages": [model(messages + state["messages"])]}

    builder = StateGraph(Desk, context_schema=Context)
    return add_loop(builder, answer, [note, recall]).compile(checkpointer=saver, store=store)
