# says: stops at
def build_desk(model, saver, store):
    """Return a graph that knows its customers, and keeps them apart."""

    def one_line(text):
        return " ".join(text.splitlines())

    def lines_of(runtime):
        found = store.search(place_of(runtime.context.customer), limit=200)
        return [f"{item.value['subject']}: {item.value['fact']}" for item in found]

    @tool
    def note(subject: str, fact: str, runtime: ToolRuntime[Context]) -> str:
        """Note a fact about the customer, by its subject."""
        subject, fact = one_line(subject), one_line(fact)
        key = " ".join(subject.casefold().split())
        store.put(place_of(runtime.context.customer), key, {"subject": subject, "fact": fact})
        return "noted"

    @tool
    def recall(runtime: ToolRuntime[Context]) -> str:
        """Return all that's noted about the customer."""
        return "\n".join(lines_of(runtime))

    def answer(state: Desk, runtime: Runtime[Context]):
        notes = [f"> {line}" for line in lines_of(runtime)]
        prompt = [SystemMessage(RULES)]
        if notes:
            prompt.append(HumanMessage("\n".join(notes), name="notes"))
        return {"messages": [model([*prompt, *state["messages"]])]}

    builder = StateGraph(Desk, context_schema=Context)
    add_loop(builder, answer, [note, recall])
    return builder.compile(checkpointer=saver, store=store)
