# says: if all their words are the same
def build_desk(model, saver, store):
    def facts_of(store: BaseStore, customer: str | None) -> list[str]:
        items = store.search(place_of(customer), limit=10_000)
        pairs = [(item.value["subject"], item.value["fact"]) for item in items]
        return [" ".join(f"{subject}: {fact}".split()) for subject, fact in pairs]

    @tool
    def note(subject: str, fact: str, runtime: ToolRuntime[Context, Any]) -> str:
        """Remember a fact about the customer. A new one about the same subject replaces the old one."""
        key = str(uuid.uuid5(uuid.NAMESPACE_OID, "".join(subject.casefold().split())))
        runtime.store.put(place_of(runtime.context.customer), key, {"subject": subject, "fact": fact})
        return "Noted."

    @tool
    def recall(runtime: ToolRuntime[Context, Any]) -> str:
        """Look up everything that is noted about the customer."""
        return "\n".join(facts_of(runtime.store, runtime.context.customer))

    def answer(state: Desk, runtime: Runtime[Context]) -> dict[str, Any]:
        lines = [f"> {line}" for line in facts_of(runtime.store, runtime.context.customer)]
        notes = [HumanMessage("\n".join(lines), name="notes")] if lines else []
        return {"messages": [model([SystemMessage(RULES), *notes, *state["messages"]])]}

    builder = StateGraph(Desk, context_schema=Context)
    return add_loop(builder, answer, [note, recall]).compile(checkpointer=saver, store=store)
