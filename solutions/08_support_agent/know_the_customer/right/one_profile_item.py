# %% [before]
import threading


# %% [answer]
def build_desk(model, saver, store):
    one_at_a_time = threading.Lock()  # a message's notes run side by side, and each writes the whole profile

    def profile(customer):
        item = store.get(place_of(customer), "profile")
        return dict(item.value) if item else {}

    def lines(customer):
        return [" ".join(f"{subject}: {fact}".split()) for subject, fact in profile(customer).items()]

    @tool
    def note(subject: str, fact: str, runtime: ToolRuntime[Context, Any]) -> str:
        """Remember a fact about the customer."""
        with one_at_a_time:
            changed = profile(runtime.context.customer) | {" ".join(subject.casefold().split()): fact}
            store.put(place_of(runtime.context.customer), "profile", changed)
        return "Noted."

    @tool
    def recall(runtime: ToolRuntime[Context, Any]) -> str:
        """Look the customer up."""
        return "\n".join(lines(runtime.context.customer)) or "Nothing."

    def answer(state: Desk, runtime: Runtime[Context]):
        quoted = "\n".join(f"> {line}" for line in lines(runtime.context.customer))
        notes = [HumanMessage(content=quoted, name="notes")] * bool(quoted)
        return {"messages": [model([SystemMessage(RULES)] + notes + state["messages"])]}

    graph = add_loop(StateGraph(Desk, context_schema=Context), answer, [note, recall])
    return graph.compile(checkpointer=saver, store=store)
